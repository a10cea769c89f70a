"""Reads the audit table as it is, forged and broken items included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rdspatch.adapters.dynamodb import BY_RUN, query_of_applied, record_from_item, text_of
from rdspatch.core.audit import AuditRecord, partition_key
from rdspatch.core.audited_ledger import ledger_from_records
from rdspatch.core.errors import AuditUnavailable
from rdspatch.core.ledger import Ledger
from rdspatch.core.recorded_run import RecordedRun, runs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

_TARGET = partition_key("")


class AuditReader:
    """The records of one table, in consistent reads by its main key; every method may raise AuditUnavailable."""

    def __init__(self, client: DynamoDBClient, *, table: str) -> None:
        self._client = client
        self._table = table

    def targets(self) -> tuple[str, ...]:
        """Every target that has a record; reads the whole table."""
        pages = self._pages("scan", ProjectionExpression="PK", ConsistentRead=True)
        found = {text_of(item, "PK") for page in pages for item in page["Items"]}
        # The workflow keeps notes beside the records, such as its list of snapshots.
        return tuple(sorted(name.removeprefix(_TARGET) for name in found if name.startswith(_TARGET)))

    def runs(self, target: str, *, limit: int | None = None) -> tuple[RecordedRun, ...]:
        """The runs of a target, the newest first; with a limit, no more of the table is read than they take."""
        records: list[AuditRecord] = []
        starts: set[str] = set()
        for item in self._query("PK = :pk", {":pk": partition_key(target)}, ScanIndexForward=False):
            record = record_from_item(item)
            starts.add(record.sort.rpartition("#")[0])
            if limit is not None and len(starts) > limit:
                break
            records.append(record)
        return runs_of(records)

    def run(self, run_id: str) -> tuple[RecordedRun, ...]:
        """The runs of this id: one, or none; several where targets share a table and executions a name.

        The index only says where they are; the records are read by the main key, so that one whose `run_id` was forged
        is still among them.
        """
        where = self._query(
            "run_id = :run",
            {":run": run_id},
            IndexName=BY_RUN,
            ConsistentRead=False,
        )
        places = {(text_of(item, "PK"), text_of(item, "SK").rpartition("#")[0]) for item in where}
        records = [
            record_from_item(item)
            for partition, prefix in sorted(places)
            for item in self._query("PK = :pk AND begins_with(SK, :run)", {":pk": partition, ":run": f"{prefix}#"})
        ]
        return tuple(run for run in runs_of(records) if run.id == run_id)

    def ledger(self, target: str) -> Ledger:
        """What the records of a target say is applied; `exists` is false when there is no record of it at all."""
        pages = list(self._pages("query", **query_of_applied(target, table=self._table)))
        if not any(page["ScannedCount"] for page in pages):
            return Ledger(exists=False)
        try:
            return ledger_from_records(record_from_item(item) for page in pages for item in page["Items"])
        except ValueError as unreadable:
            raise AuditUnavailable(f"table {self._table}: {unreadable}") from None

    def _query(self, condition: str, values: dict[str, str], **options: Any) -> Iterator[dict[str, Any]]:
        for page in self._pages("query", **_condition(condition, values) | options):
            yield from page["Items"]

    def _pages(self, call: Any, **arguments: Any) -> Iterator[dict[str, Any]]:
        try:
            yield from self._client.get_paginator(call).paginate(**{"TableName": self._table} | arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "?")
            raise AuditUnavailable(f"table {self._table}: {code}; check name, region and permissions") from None
        except BotoCoreError as error:
            why = f"{type(error).__name__}; check region and credentials"
            raise AuditUnavailable(f"table {self._table}: {why}") from None


def _condition(condition: str, values: dict[str, str]) -> dict[str, Any]:
    return {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {name: {"S": value} for name, value in values.items()},
        "ConsistentRead": True,
    }
