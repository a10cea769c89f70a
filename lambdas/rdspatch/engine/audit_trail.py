"""From what a run found and did to audit records; also for what an earlier run applied and could not record."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from rdspatch.core.audit import AuditEntry, AuditEvent
from rdspatch.core.failure import OutcomeUnknown, SqlFailed
from rdspatch.core.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from rdspatch.core.drift import Drift
    from rdspatch.core.ledger import AppliedPatch, Ledger
    from rdspatch.core.repair import RepairPlan
    from rdspatch.core.run import Run
    from rdspatch.ports import AuditLog, Session

MOST_DIFFERENCES = 50
"""Of a drift, and names of patches, in one record."""
_AT_ONCE = 100
"""Records between two marks: what the audit table takes in one write."""
_MOST_CHARACTERS = 300
"""Of one difference: a record stays small whatever happened to a database."""

_Item = TypeVar("_Item")

_EVENTS = {
    Result.APPLIED: AuditEvent.PATCH_APPLIED,
    Result.REPLAYED: AuditEvent.PATCH_REPLAYED,
    Result.FAILED: AuditEvent.PATCH_FAILED,
    Result.UNKNOWN: AuditEvent.PATCH_UNKNOWN,
    Result.NOT_REACHED: AuditEvent.PATCH_NOT_REACHED,
}


def record_outcomes(
    outcomes: Sequence[Outcome],
    *,
    before: Ledger,
    audit: AuditLog,
    session: Session,
    run: Run,
    at: datetime,
) -> None:
    """Append a record for each outcome, after one for each ledger row that no run has recorded yet.

    The ledger rows are marked afterwards, some at a time: the server ends a session that waits for long. A crash in
    between writes nothing twice: a row that is not marked is recorded only when no record of it is found.

    Args:
        outcomes: What this call of apply did.
        before: The ledger as it was before; its unaudited rows are caught up on.
        audit: Where to.
        session: To mark the rows; when its connection is gone the next run marks them.
        run: Whose chain the records join.
        at: The time in UTC.

    Raises:
        AuditUnavailable: The table did not take the records; the ledger keeps them due.
    """
    for rows in _parts(before.unaudited):
        late = [_late_entry(row) for row in rows if not audit.is_recorded(row.patch_id, row.checksum)]
        _record(late, [row.patch_id for row in rows], audit=audit, session=session, run=run)
    for part in _parts(outcomes):
        applied = [outcome.patch_id for outcome in part if outcome.result is Result.APPLIED]
        _record([_entry(outcome, run=run, at=at) for outcome in part], applied, audit=audit, session=session, run=run)


def _record(entries: Sequence[AuditEntry], due: Sequence[str], *, audit: AuditLog, session: Session, run: Run) -> None:
    if entries:
        audit.append(entries, run=run)
    if due:
        with contextlib.suppress(OutcomeUnknown, SqlFailed):
            session.mark_audited(due)


def _parts(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))


def _late_entry(row: AppliedPatch) -> AuditEntry:
    facts = {"checksum": row.checksum, "run_id": row.run_id, "recorded": "late"}
    return AuditEntry(event=AuditEvent.PATCH_APPLIED, at=row.applied_at, facts=facts, patch_id=row.patch_id)


def record_drift(drift: Drift, *, audit: AuditLog, run: Run, at: datetime) -> str:
    """Append what is not as it should be; the record's hash. Raises AuditUnavailable."""
    facts = {
        **drift.counts,
        "unknown": list(drift.unknown[:MOST_DIFFERENCES]),
        "unjudged": texts_of(drift.unjudged),
        "pending": list(drift.pending[:MOST_DIFFERENCES]),
        "differences": texts_of(drift.differences),
    }
    return audit.append([AuditEntry(event=AuditEvent.DRIFT_CHECKED, at=at, facts=facts)], run=run)


def record_repair_plan(plan: RepairPlan, *, audit: AuditLog, run: Run, at: datetime) -> None:
    """Append what is about to be replayed and why, before it is: a crash then leaves evidence.

    Raises:
        AuditUnavailable: The table did not take it; nothing was replayed.
    """
    facts = {
        "patches": [locked.patch.name for locked in plan.replays],
        "heals": texts_of(plan.heals),
        "leaves": texts_of(plan.leaves),
        "without": texts_of(plan.without),
    }
    audit.append([AuditEntry(event=AuditEvent.REPAIR_PLANNED, at=at, facts=facts)], run=run)


def record_replay(outcome: Outcome, *, audit: AuditLog, run: Run, at: datetime) -> None:
    """Append what became of one patch of a repair. Raises AuditUnavailable; what is replayed stays so."""
    audit.append([_entry(outcome, run=run, at=at)], run=run)


def texts_of(items: Sequence[object], *, most: int = MOST_DIFFERENCES) -> list[str]:
    """The first items as texts for a record or an answer, cut where they are long."""
    texts = [str(item) for item in items[:most]]
    return [text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…" for text in texts]


def _entry(outcome: Outcome, *, run: Run, at: datetime) -> AuditEntry:
    return AuditEntry(event=_EVENTS[outcome.result], at=at, facts=_facts(outcome, run), patch_id=outcome.patch_id)


def _facts(outcome: Outcome, run: Run) -> dict[str, object]:
    facts: dict[str, object] = {"checksum": outcome.checksum, "run_id": run.id}
    if outcome.result in (Result.APPLIED, Result.REPLAYED):
        facts["duration_ms"] = round(outcome.duration.total_seconds() * 1000)
        facts["lock_attempts"] = outcome.lock_attempts
    if outcome.error is not None:
        facts["error"] = outcome.error
    if outcome.later:
        facts["not_reached"] = list(outcome.later[:MOST_DIFFERENCES])
    if len(outcome.later) > MOST_DIFFERENCES:
        facts["more_not_reached"] = len(outcome.later) - MOST_DIFFERENCES
    return facts
