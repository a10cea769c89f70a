"""The last record of a run: it continues the newest one, whatever the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions import Condition, JsonPath

from . import retries
from .records import PREVIOUS_HASH

if TYPE_CHECKING:
    from constructs import Construct

    from .records import Records


def ending(scope: Construct, *, records: Records, then: sfn.IChainable, lost: sfn.IChainable) -> sfn.TaskStateBase:
    """The states that record `$.outcome`; returns the first.

    Args:
        scope: The construct to make them in.
        records: Makes the records.
        then: What follows the record.
        lost: What follows when the audit table does not take it; finds `$.failure`.
    """
    find = records.find_last(
        "FindLastRecord",
        comment="The newest record of this run, which the last one continues",
        result_path="$.found",
    )
    record = records.put(
        "RecordOutcome",
        comment="Records how the run ended",
        event="run_ended",
        sequence=999_999,
        body="$.outcome",
        previous_hash="$.found.items[0].hash.S",
    )
    no_record = sfn.Pass(
        scope,
        "NoRecordYet",
        comment="Not even the start was recorded: the last record is the first",
        parameters={"items": [{"hash": {"S": JsonPath.string_at(PREVIOUS_HASH)}}]},
        result_path="$.found",
    ).next(record)
    has_records = (
        sfn.Choice(scope, "HasRecords", comment="Is there a record to continue?")
        .when(Condition.number_equals("$.found.count", 0), no_record)
        .otherwise(record)
    )
    find.add_catch(lost, errors=[retries.ALL], result_path="$.failure")
    record.add_catch(then, errors=[retries.ALREADY_RECORDED], result_path=JsonPath.DISCARD)
    record.add_catch(lost, errors=[retries.ALL], result_path="$.failure")
    find.next(has_records)
    record.next(then)
    return find
