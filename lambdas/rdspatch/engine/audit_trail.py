"""From what apply did to audit records; also for what an earlier run applied and could not record."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rdspatch.core.audit import AuditEntry, AuditEvent
from rdspatch.core.failure import OutcomeUnknown, SqlFailed
from rdspatch.core.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.run import Run
    from rdspatch.ports import AuditLog, Session

_EVENTS = {
    Result.APPLIED: AuditEvent.PATCH_APPLIED,
    Result.FAILED: AuditEvent.PATCH_FAILED,
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

    The ledger rows are marked afterwards. A crash in between writes nothing twice: a row that is not marked is
    recorded only when no record of it is found.

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
    overdue = before.unaudited
    entries = [
        AuditEntry(
            event=AuditEvent.PATCH_APPLIED,
            at=row.applied_at,
            facts={"checksum": row.checksum, "run_id": row.run_id, "recorded": "late"},
            patch_id=row.patch_id,
        )
        for row in overdue
        if not audit.is_recorded(row.patch_id, row.checksum)
    ]
    entries += [
        AuditEntry(event=_EVENTS[outcome.result], at=at, facts=_facts(outcome, run), patch_id=outcome.patch_id)
        for outcome in outcomes
    ]
    if entries:
        audit.append(entries, run=run)
    due = [row.patch_id for row in overdue]
    due += [outcome.patch_id for outcome in outcomes if outcome.result is Result.APPLIED]
    if due:
        with contextlib.suppress(OutcomeUnknown, SqlFailed):
            session.mark_audited(due)


def _facts(outcome: Outcome, run: Run) -> dict[str, object]:
    facts: dict[str, object] = {"checksum": outcome.checksum, "run_id": run.id}
    if outcome.result is Result.APPLIED:
        facts["duration_ms"] = round(outcome.duration.total_seconds() * 1000)
        facts["lock_attempts"] = outcome.lock_attempts
    if outcome.error is not None:
        facts["error"] = outcome.error
    return facts
