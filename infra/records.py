"""The workflow's own audit records: written without a function, so they are there when no function works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_stepfunctions import JsonPath

from .retries import RECORD, SERVICE, add_retries

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from constructs import Construct

RUN: Final = "$.run"
RUN_ID: Final = "$.run.id"
STARTED_AT: Final = "$.run.started_at"
PREVIOUS_HASH: Final = "$.previous_hash"

_TIMEOUT = sfn.Timeout.duration(Duration.seconds(30))


class Records:
    """Makes the tasks that write to and read from the audit table; each still needs its Catch and Next."""

    def __init__(self, scope: Construct, *, table: dynamodb.ITable, target: str) -> None:
        """Make tasks within `scope` for the records of `target`."""
        self._scope = scope
        self._table = table
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

    def find_last(self, name: str, *, comment: str, result_path: str) -> tasks.CallAwsService:
        """A task that finds the hash of this run's newest record: `count` (0 or 1) and `items`."""
        task = tasks.CallAwsService(
            self._scope,
            name,
            comment=comment,
            service="dynamodb",
            action="query",
            iam_action="dynamodb:Query",
            iam_resources=[self._table.table_arn],
            parameters={
                "TableName": self._table.table_name,
                "KeyConditionExpression": "PK = :target AND begins_with(SK, :run)",
                "ExpressionAttributeValues": {
                    ":target": {"S": self._partition},
                    ":run": {"S": _sort_key("")},
                },
                "ProjectionExpression": "#hash",
                "ExpressionAttributeNames": {"#hash": "hash"},
                "ScanIndexForward": False,
                "Limit": 1,
                "ConsistentRead": True,
            },
            result_selector={"count": JsonPath.number_at("$.Count"), "items": JsonPath.object_at("$.Items")},
            result_path=result_path,
            task_timeout=_TIMEOUT,
        )
        add_retries(task, SERVICE)
        return task


def _sort_key(sequence: str) -> str:
    started_at, run_id = JsonPath.string_at(STARTED_AT), JsonPath.string_at(RUN_ID)
    return JsonPath.format(f"RUN#{{}}#{{}}#{sequence}", started_at, run_id)
