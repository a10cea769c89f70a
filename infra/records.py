"""The workflow's own audit records: written without a function, so they are there when no function works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_stepfunctions import JsonPath

from .retries import RECORD, SERVICE, add_retries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_dynamodb as dynamodb
    from constructs import Construct

RUN: Final = "$.run"
RUN_ID: Final = "$.run.id"
STARTED_AT: Final = "$.run.started_at"
PREVIOUS_HASH: Final = "$.previous_hash"
EXECUTION: Final = "$.started.execution"
RECOVERY: Final = "$.recovery.text"
"""What a failed run says about the way back; empty where there is no snapshot."""

BY_RUN: Final = "by-run"

_TIMEOUT = sfn.Timeout.duration(Duration.seconds(30))
_ONE_RECORD: Final[Mapping[str, object]] = {
    "ProjectionExpression": "SK, #event, #hash",
    "ExpressionAttributeNames": {"#event": "event", "#hash": "hash"},
    "Limit": 1,
}


class Records:
    """Makes the tasks that write to and read from the audit table; each still needs its Catch and Next."""

    def __init__(self, scope: Construct, *, table: dynamodb.ITable, target: str) -> None:
        """Make tasks within `scope` for the records of `target`."""
        self._scope = scope
        self._table = table
        self._target = target
        self._partition = f"TARGET#{target}"

    def put(
        self, name: str, *, comment: str, event: str, sequence: int, body: str, previous_hash: str
    ) -> tasks.DynamoPutItem:
        """A task that appends one record and leaves the state's data as it is.

        Args:
            name: The state's name.
            comment: What it does, for the console.
            event: What happened.
            sequence: The record's place in its run, up to six digits.
            body: The path of the object that becomes the body.
            previous_hash: The path of the hash that this record continues.
        """
        sort = _sort_key(f"{sequence:06}")
        at = JsonPath.string_at("$$.State.EnteredTime")
        previous = JsonPath.string_at(previous_hash)
        text = JsonPath.json_to_string(JsonPath.object_at(body))
        chained = JsonPath.format("{}|{}|{}|{}|{}|{}", previous, self._partition, sort, event, at, text)
        item = {
            "PK": self._partition,
            "SK": sort,
            "run_id": JsonPath.string_at(RUN_ID),
            "event": event,
            "at": at,
            "body": text,
            "previous_hash": previous,
            "hash": JsonPath.hash(chained, "SHA-256"),
        }
        return self._write(name, comment=comment, item=item)

    def note(self, name: str, *, comment: str, kind: str, sort: str, values: Mapping[str, str]) -> tasks.DynamoPutItem:
        """A task that keeps texts beside the records, in a partition of another kind: no part of any chain."""
        return self._write(name, comment=comment, item={"PK": f"{kind}#{self._target}", "SK": sort, **values})

    def find_notes(
        self, name: str, *, comment: str, kind: str, most: int, result_selector: Mapping[str, Any], result_path: str
    ) -> tasks.CallAwsService:
        """A task that finds the newest notes of one kind."""
        return self._query(
            name,
            comment=comment,
            condition={
                "KeyConditionExpression": "PK = :notes",
                "ExpressionAttributeValues": {":notes": {"S": f"{kind}#{self._target}"}},
                "Limit": most,
                "ConsistentRead": True,
            },
            result_selector=result_selector,
            result_path=result_path,
        )

    def find_last(self, name: str, *, comment: str, result_path: str) -> tasks.CallAwsService:
        """A task that finds this run's newest record: `count` (0 or 1) and `items`, with key, event and hash."""
        return self._query(
            name,
            comment=comment,
            condition={
                "KeyConditionExpression": "PK = :target AND begins_with(SK, :run)",
                "ExpressionAttributeValues": {":target": {"S": self._partition}, ":run": {"S": _sort_key("")}},
                "ConsistentRead": True,
                **_ONE_RECORD,
            },
            result_selector=_found(),
            result_path=result_path,
        )

    def find_run(self, name: str, *, comment: str, result_path: str) -> tasks.CallAwsService:
        """The same by the run's id alone, where its start is not known; the index may be a moment behind."""
        return self._query(
            name,
            comment=comment,
            index=BY_RUN,
            condition={
                "KeyConditionExpression": "run_id = :run",
                "ExpressionAttributeValues": {":run": {"S": JsonPath.string_at(RUN_ID)}},
                **_ONE_RECORD,
            },
            result_selector=_found(),
            result_path=result_path,
        )

    def _write(self, name: str, *, comment: str, item: Mapping[str, str]) -> tasks.DynamoPutItem:
        task = tasks.DynamoPutItem(
            self._scope,
            name,
            comment=comment,
            table=self._table,
            item={key: tasks.DynamoAttributeValue.from_string(value) for key, value in item.items()},
            condition_expression="attribute_not_exists(PK)",
            result_path=JsonPath.DISCARD,
            task_timeout=_TIMEOUT,
        )
        add_retries(task, RECORD)
        return task

    def _query(
        self,
        name: str,
        *,
        comment: str,
        condition: Mapping[str, object],
        result_selector: Mapping[str, Any],
        result_path: str,
        index: str | None = None,
    ) -> tasks.CallAwsService:
        table = self._table.table_arn
        task = tasks.CallAwsService(
            self._scope,
            name,
            comment=comment,
            service="dynamodb",
            action="query",
            iam_action="dynamodb:Query",
            iam_resources=[f"{table}/index/{index}" if index else table],
            parameters={
                "TableName": self._table.table_name,
                **({"IndexName": index} if index else {}),
                **condition,
                "ScanIndexForward": False,
            },
            result_selector=dict(result_selector),
            result_path=result_path,
            task_timeout=_TIMEOUT,
        )
        add_retries(task, SERVICE)
        return task


def _found() -> dict[str, Any]:
    return {"count": JsonPath.number_at("$.Count"), "items": JsonPath.object_at("$.Items")}


def _sort_key(sequence: str) -> str:
    started_at, run_id = JsonPath.string_at(STARTED_AT), JsonPath.string_at(RUN_ID)
    return JsonPath.format(f"RUN#{{}}#{{}}#{sequence}", started_at, run_id)
