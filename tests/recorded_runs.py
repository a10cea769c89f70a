"""Runs in the audit table as functions and workflow write them together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.dynamodb import item_from_record
from rdspatch.core.audit import (
    AuditEntry,
    AuditEvent,
    AuditRecord,
    ChainHead,
    chain,
    partition_key,
    record_hash,
    sort_prefix,
)
from rdspatch.core.run import Run
from tests.audit_table import NAME, TARGET, AuditTable

if TYPE_CHECKING:
    from collections.abc import Sequence

LONG_AGO = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)
ENDED = {"result": "succeeded", "error": "", "message": "Patches applied: 2.", "applied": 2, "pending": 0}
HEALTHY = {
    "healthy": True,
    "reason": "healthy at attempt 1",
    "probes": [{"at": "2026-01-01T12:31:00Z", "path": "/api/health", "status": 200, "elapsed_ms": 7, "error": None}],
}


def run_of(run_id: str, *, started: datetime = LONG_AGO) -> Run:
    return Run(id=run_id, started_at=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


def asked(**facts: object) -> AuditEntry:
    return _entry(AuditEvent.REQUESTED, {"mode": "apply", "reason": "", **facts})


def applied(patch: str, **facts: object) -> AuditEntry:
    return _entry(AuditEvent.PATCH_APPLIED, {"checksum": f"sum of {patch}", "duration_ms": 12, **facts}, patch)


def failed(patch: str, error: str) -> AuditEntry:
    return _entry(AuditEvent.PATCH_FAILED, {"checksum": f"sum of {patch}", "error": error}, patch)


def not_known(patch: str, *later: str) -> AuditEntry:
    facts = {"checksum": f"sum of {patch}", "error": "ConnectionLost: gone", "not_reached": list(later)}
    return _entry(AuditEvent.PATCH_UNKNOWN, facts, patch)


def replayed(patch: str) -> AuditEntry:
    return _entry(AuditEvent.PATCH_REPLAYED, {"checksum": f"sum of {patch}", "duration_ms": 9}, patch)


def drift_checked(*differences: str) -> AuditEntry:
    return _entry(AuditEvent.DRIFT_CHECKED, {"missing": len(differences), "differences": list(differences)})


def verified() -> AuditEntry:
    return _entry(AuditEvent.VERIFIED, {"patches": 2})


def _entry(event: AuditEvent, facts: dict[str, object], patch: str | None = None) -> AuditEntry:
    return AuditEntry(event=event, at=LONG_AGO + timedelta(seconds=30), facts=facts, patch_id=patch)


@dataclass(frozen=True, slots=True)
class Records:
    """What one run leaves behind, for a target."""

    run: Run
    target: str = TARGET

    def whole(
        self,
        *entries: AuditEntry,
        health: dict[str, Any] | None = None,
        ended: dict[str, Any] | None = None,
    ) -> tuple[AuditRecord, ...]:
        """From its start to its end, or as far as `ended` lets it come."""
        first = self._of_the_workflow("run_started", 0, {"execution": f"arn:{self.run.id}"}, "")
        head = ChainHead(first.seq, first.hash)
        records = [first, *chain(entries, run=self.run, target=self.target, head=head)]
        if health is not None:
            records.append(self._of_the_workflow("health_checked", 900_000, health, records[-1].hash))
        if ended is not None:
            records.append(self._of_the_workflow("run_ended", 999_999, ended, records[-1].hash))
        return tuple(records)

    def only_the_end(self) -> AuditRecord:
        return self._of_the_workflow("run_ended", 999_999, {"result": "failed", "error": "AuditUnavailable"}, "")

    def _of_the_workflow(self, event: str, seq: int, facts: dict[str, Any], previous_hash: str) -> AuditRecord:
        partition, sort = partition_key(self.target), f"{sort_prefix(self.run)}{seq:06d}"
        at, body = "2026-01-01T12:31:00.000Z", json.dumps(facts)
        digest = record_hash(previous_hash=previous_hash, partition=partition, sort=sort, event=event, at=at, body=body)
        return AuditRecord(
            partition=partition,
            sort=sort,
            run_id=self.run.id,
            event=event,
            at=at,
            body=body,
            previous_hash=previous_hash,
            hash=digest,
        )


def usual_run(run_id: str, *, started: datetime = LONG_AGO, target: str = TARGET) -> tuple[AuditRecord, ...]:
    """Seven records: start, request, two patches, verified, health, end."""
    entries = (asked(), applied("0001_a"), applied("0002_b"), verified())
    return Records(run_of(run_id, started=started), target).whole(*entries, health=HEALTHY, ended=ENDED)


def put(table: AuditTable, records: Sequence[AuditRecord]) -> None:
    """Write records, over what is there too."""
    for record in records:
        table.client.put_item(TableName=NAME, Item=item_from_record(record))
