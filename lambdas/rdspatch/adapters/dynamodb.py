"""The audit table in DynamoDB: conditional writes only, never an update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rdspatch.core.audit import (
    LAST_SEQ,
    AuditEntry,
    AuditEvent,
    AuditRecord,
    ChainHead,
    chain,
    head_of,
    partition_key,
    sort_prefix,
)
from rdspatch.core.audited_ledger import readable_ledger
from rdspatch.core.errors import AuditUnavailable
from rdspatch.core.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.core.run import Run

TRANSACTION_ITEMS = 100
"""The most items that one TransactWriteItems takes."""
BY_PATCH = "by-patch"
BY_RUN = "by-run"
_RECORDS_TO_THE_HEAD = 3
"""The end of the run, its health check, and before them the newest that a function wrote."""
_ATTRIBUTES = ("PK", "SK", "run_id", "event", "at", "body", "previous_hash", "hash")
_NOT_THERE = "attribute_not_exists(PK)"
_PLACE_IS_TAKEN = "ConditionalCheckFailed"


class DynamoAuditLog:
    """The `AuditLog` port over one DynamoDB table, for one target."""

    def __init__(self, client: DynamoDBClient, *, table: str, target: str) -> None:
        self._client = client
        self._table = table
        self._target = target

    def append(self, entries: Sequence[AuditEntry], *, run: Run) -> str:
        """Add records after the newest of this run, each write on condition that its place is free.

        Another writer in the same run (a zombie invocation) makes the write fail; it is not tried again here, the
        workflow's retry begins with a new look at the chain.

        Returns:
            The hash of the newest record of the run; empty when there is none.

        Raises:
            AuditUnavailable: The table did not take all of them.
            RunEnded: The run has its last record.
        """
        try:
            head = self._head(run)
            records = chain(entries, run=run, target=self._target, head=head)
            for batch in _batches(records):
                self._client.transact_write_items(TransactItems=[self._put(record) for record in batch])
        except (BotoCoreError, ClientError) as error:
            raise self._unavailable(error) from error
        return records[-1].hash if records else head.hash

    def of_run(self, run: Run) -> tuple[AuditRecord, ...]:
        """The records of one run, in the order of their sort keys."""
        try:
            pages = self._client.get_paginator("query").paginate(**self._records_of(run))
            return tuple(record_from_item(item) for page in pages for item in page["Items"])
        except (BotoCoreError, ClientError) as error:
            raise self._unavailable(error) from error

    def is_recorded(self, patch_id: str, checksum: str) -> bool:
        """Whether a `patch_applied` record of this target has this patch and checksum."""
        try:
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=BY_PATCH,
                KeyConditionExpression="patch_id = :patch",
                ExpressionAttributeValues={":patch": {"S": patch_id}},
            )
            found = [record_from_item(item) for page in pages for item in page["Items"]]
        except (BotoCoreError, ClientError) as error:
            raise self._unavailable(error) from error
        return any(
            record.event == AuditEvent.PATCH_APPLIED.value
            and record.partition == partition_key(self._target)
            and record.facts.get("checksum") == checksum
            for record in found
        )

    def applied(self, run: Run | None = None) -> Ledger:
        """What the records of this target, or of one run of it, say is applied; `exists` is false without any record.

        Raises:
            AuditUnavailable: The table could not be read.
        """
        query = query_of_applied(self._target, table=self._table, run=run)
        try:
            pages = list(self._client.get_paginator("query").paginate(**query))
        except (BotoCoreError, ClientError) as error:
            raise self._unavailable(error) from error
        if not any(page["ScannedCount"] for page in pages):
            return Ledger(exists=False)
        return readable_ledger(record_from_item(item) for page in pages for item in page["Items"])

    def _head(self, run: Run) -> ChainHead:
        answer = self._client.query(**self._records_of(run), ScanIndexForward=False, Limit=_RECORDS_TO_THE_HEAD)
        return head_of((record_from_item(item) for item in answer["Items"]), run=run)

    def _records_of(self, run: Run) -> Any:
        prefix = sort_prefix(run)
        return {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk AND SK BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": {"S": partition_key(self._target)},
                ":first": {"S": f"{prefix}000000"},
                ":last": {"S": f"{prefix}{LAST_SEQ}"},
            },
            "ConsistentRead": True,
        }

    def _unavailable(self, error: BotoCoreError | ClientError) -> AuditUnavailable:
        if not isinstance(error, ClientError):
            return AuditUnavailable(f"table {self._table}: {type(error).__name__}; check the VPC endpoint")
        response: Any = error.response
        code = response.get("Error", {}).get("Code", "?")
        reasons = {reason.get("Code", "None") for reason in response.get("CancellationReasons", ())} - {"None"}
        if _PLACE_IS_TAKEN in reasons:
            why = "another invocation of this run was recording at the same time; nothing of it was overwritten"
            return AuditUnavailable(f"table {self._table}: {why}")
        return AuditUnavailable(f"table {self._table}: {', '.join([code, *sorted(reasons)])}")

    def _put(self, record: AuditRecord) -> Any:
        return {
            "Put": {
                "TableName": self._table,
                "Item": item_from_record(record),
                "ConditionExpression": _NOT_THERE,
            }
        }


def _batches(records: Sequence[AuditRecord]) -> Iterator[Sequence[AuditRecord]]:
    return (records[first : first + TRANSACTION_ITEMS] for first in range(0, len(records), TRANSACTION_ITEMS))


def item_from_record(record: AuditRecord) -> dict[str, Any]:
    """The record in DynamoDB's JSON."""
    texts = {
        "PK": record.partition,
        "SK": record.sort,
        "run_id": record.run_id,
        "event": record.event,
        "at": record.at,
        "body": record.body,
        "previous_hash": record.previous_hash,
        "hash": record.hash,
    }
    if record.patch_id is not None:
        texts["patch_id"] = record.patch_id
    return {name: {"S": text} for name, text in texts.items()}


def record_from_item(item: dict[str, Any]) -> AuditRecord:
    """An item as a record; an attribute that is missing or no text is empty, which no hash agrees with."""
    partition, sort, run_id, event, at, body, previous_hash, digest = (text_of(item, name) for name in _ATTRIBUTES)
    return AuditRecord(
        partition=partition,
        sort=sort,
        run_id=run_id,
        event=event,
        at=at,
        body=body,
        previous_hash=previous_hash,
        hash=digest,
        patch_id=text_of(item, "patch_id") if "patch_id" in item else None,
    )


def text_of(item: dict[str, Any], name: str) -> str:
    """An attribute's text; empty when it has none."""
    return str(item.get(name, {}).get("S", ""))


def query_of_applied(target: str, *, table: str, run: Run | None = None) -> dict[str, Any]:
    """The query for every `patch_applied` record of a target, or of one run of it, in consistent reads."""
    condition, values = "PK = :pk", {":pk": partition_key(target), ":applied": AuditEvent.PATCH_APPLIED.value}
    if run is not None:
        condition, values = f"{condition} AND begins_with(SK, :run)", {**values, ":run": sort_prefix(run)}
    return {
        "TableName": table,
        "KeyConditionExpression": condition,
        "FilterExpression": "#event = :applied",
        "ExpressionAttributeNames": {"#event": "event"},
        "ExpressionAttributeValues": {name: {"S": value} for name, value in values.items()},
        "ConsistentRead": True,
    }
