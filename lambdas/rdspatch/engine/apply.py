"""Apply: pending patches in order, under the run lock, until all are applied, one fails, or time is short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import (
    ConnectionLost,
    LedgerUnusable,
    PatchesLost,
    RdspatchError,
)
from rdspatch.core.failure import FailureKind, OutcomeUnknown, SqlFailed
from rdspatch.core.outcome import ApplyReport, Outcome
from rdspatch.core.patch import Transaction
from rdspatch.core.plan import NOTHING_LOST
from rdspatch.core.work import Status, Work
from rdspatch.engine.lock_waits import MustWait
from rdspatch.engine.lookout import Lookout
from rdspatch.engine.planning import plan_patches
from rdspatch.engine.results import ended_at, patch_failed, work_left
from rdspatch.engine.statements import statement_timeout

if TYPE_CHECKING:
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.lost import Lost
    from rdspatch.core.plan import OutOfOrder
    from rdspatch.engine.applier import Applier


def apply(
    patches: tuple[LockedPatch, ...],
    *,
    applier: Applier,
    ledger: Ledger,
    out_of_order: OutOfOrder,
    before: Work,
    lost: Lost = NOTHING_LOST,
) -> ApplyReport:
    """Apply what is pending.

    Patches go in order, each in one message that commits its effect and its ledger row together. The first failure
    ends the run: later patches are `not_reached`. When the time left does not fit the next patch, or a lock wait is
    longer than an invocation should sleep, the report says `continue` or `wait` and the caller comes back.

    Args:
        patches: All patches of the directory, in order.
        applier: Holds the session with the run lock.
        ledger: What that session read under the lock.
        out_of_order: Whether a pending patch may come before the newest applied one.
        before: What the previous call of this run returned; says how often the first patch has tried for its locks.
        lost: What the audit has and the ledger has not.

    Returns:
        The outcomes of this call and what is left to do. A failure is in the report, not raised, so that what is known
        of each patch is not lost with it: of a patch, or of the run's own connection.

    Raises:
        PlanRefused: An applied patch was edited, one is out of order, may call what belongs to somebody else, or would
            be misread by the server; nothing was applied.
        PatchesLost: After a lost connection, the ledger does not have any more what it had, or what was applied.
        ConnectionLost, ReadBlocked: Before the first patch of this call; run again.
    """
    try:
        plan = plan_patches(patches, ledger, applier.session, out_of_order=out_of_order, lost=lost)
    except OutcomeUnknown as broken:
        raise ConnectionLost(f"{broken} before the next patch; nothing was applied in this call") from broken
    plan.require_no_refusal()
    earlier = sum(1 for row in ledger.applied if row.run_id == applier.run.id)
    outcomes: list[Outcome] = []
    pending = plan.pending
    lookout = Lookout(applier=applier, ahead=[step.locked for step in pending])
    for number, step in enumerate(pending):
        left = len(pending) - number
        locked = step.locked
        if number and not applier.deadline.fits(statement_timeout(locked)):
            return ApplyReport(outcomes=outcomes, work=work_left(Status.CONTINUE, earlier + number, left))
        attempts = before.lock_attempts if before.patch == locked.patch.name else 0
        try:
            if step.row_before:
                outcomes.append(applier.record_one(locked, before=step.row_before))
            else:
                lookout.require_clear(number)
                outcomes.append(applier.apply_one(locked, attempts))
        except MustWait as wait:
            work = work_left(Status.WAIT, earlier + number, left, patch=locked.patch.name, wait=wait)
            return ApplyReport(outcomes=outcomes, work=work)
        except PatchesLost:
            raise  # of what this call has done, the ledger keeps less than was acknowledged
        except (SqlFailed, RdspatchError) as error:
            failure = _failure(locked, error)
            later = [step.locked for step in pending[number + 1 :]]
            outcomes.extend(ended_at(locked, failure, later, is_in_doubt=applier.is_in_doubt))
            return ApplyReport(outcomes=outcomes, work=work_left(Status.DONE, earlier + number, left), failure=failure)
    return ApplyReport(outcomes=outcomes, work=work_left(Status.DONE, earlier + len(pending), 0))


def _failure(locked: LockedPatch, error: SqlFailed | RdspatchError) -> RdspatchError:
    if isinstance(error, RdspatchError):
        return error
    if error.failure.kind is FailureKind.LEDGER:
        return LedgerUnusable(
            f"{locked.patch.id.file_name}: it cannot be recorded in the schema rdspatch: {error.failure.message} "
            f"(SQLSTATE {error.failure.sqlstate}). Let the role that applies patches write to its tables, "
            "then run again",
        )
    is_whole = locked.patch.directives.transaction is Transaction.ONE
    remains = (
        "nothing of this patch was applied"
        if is_whole
        else "its earlier statements stay; the next run goes on at this one"
    )
    return patch_failed(locked, error.failure, remains=remains)
