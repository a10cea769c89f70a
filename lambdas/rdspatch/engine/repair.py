"""Repair: replay the applied patches whose effects are missing, under the run lock, and look again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.core.errors import (
    AccessDenied,
    ConnectionLost,
    EffectMissing,
    PatchesLost,
    Problem,
    RdspatchError,
    RepairRefused,
)
from rdspatch.core.failure import FailureKind, OutcomeUnknown, SqlFailed
from rdspatch.core.outcome import lasting
from rdspatch.core.patch import Transaction
from rdspatch.core.repair import plan_repair, repair_without_shadowed, require_usable, still_broken
from rdspatch.core.work import Status, Work
from rdspatch.engine.drift import drift_from, read_drift
from rdspatch.engine.lock_waits import MustWait
from rdspatch.engine.lookout import Lookout
from rdspatch.engine.planning import read_shadows
from rdspatch.engine.replay import Replayer
from rdspatch.engine.results import ended_at, patch_failed, work_left
from rdspatch.engine.statements import statement_timeout

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rdspatch.core.drift import Drift
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch, LockFile
    from rdspatch.core.outcome import Outcome
    from rdspatch.core.repair import RepairPlan
    from rdspatch.engine.applier import Applier
    from rdspatch.ports import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is not as it should be, and what a repair does about it."""

    drift: Drift
    plan: RepairPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReport:
    """What one call of repair did; a failure keeps what was replayed before it."""

    outcomes: Sequence[Outcome]
    work: Work
    after: Drift | None = None
    """What is not as it should be after the last replay; None when one failed."""
    failure: RdspatchError | None = None


def find_repair(lock: LockFile, session: Session, *, limit: int) -> Found:
    """Read ledger and schema, and decide; changes nothing.

    Raises:
        RepairRefused: The lock file holds no patch, or was not proven. Other refusals are in the plan.
        ConnectionLost: The connection broke.
        LedgerUnusable, VerificationFailed, ReadBlocked: Ledger or schema cannot be read.
    """
    require_usable(lock)
    try:
        ledger = session.read_ledger()
        begun = _begun(lock, ledger, session)
        drift = drift_from(lock, ledger, session)
        plan = plan_repair(lock, ledger, drift, limit=limit, begun=begun)
        if plan.replays:
            plan = repair_without_shadowed(plan, read_shadows(session))
    except OutcomeUnknown as lost:
        raise _lost(lost) from lost
    return Found(drift=drift, plan=plan)


def _begun(lock: LockFile, ledger: Ledger, session: Session) -> tuple[LockedPatch, ...]:
    """The pending patches of which a part is done: it may be what removed something."""
    if not ledger.exists:
        return ()
    return tuple(
        locked
        for locked in lock.patches
        if locked.patch.directives.transaction is Transaction.NONE
        and ledger.find(locked.patch.name) is None
        and session.read_progress(locked).marks
    )


def repair(
    plan: RepairPlan, lock: LockFile, *, applier: Applier, before: Work, record: Callable[[Outcome], None]
) -> RepairReport:
    """Replay what the plan says, in order, then look whether it helped.

    The first failure ends it. When the time left does not fit the next patch, or a lock wait is longer than an
    invocation should sleep, the report says `continue` or `wait`; the caller makes a new plan then, which leaves out
    what is healed by now.

    Args:
        plan: Without refusals.
        lock: What the patches were proven to do.
        applier: Holds the session with the run lock.
        before: What the previous call of this run returned.
        record: Told each outcome as soon as it is there; nothing in the database says that a patch was replayed.

    Returns:
        The outcomes of this call and what is left to do. A failure is in the report, not raised, so that what is known
        of each patch is not lost with it: of a patch, of the run's own connection, or EffectMissing where something is
        still missing although its patch was replayed.

    Raises:
        PatchesLost: After a lost connection, the ledger has not all of the patches that were to be replayed.
    """
    report = _replay(plan, applier, before, record)
    if report.failure is not None or not report.outcomes:
        return report
    try:
        after = read_drift(lock, applier.session)
    except OutcomeUnknown as lost:
        return replace(report, failure=_lost(lost))
    except RdspatchError as error:
        return replace(report, failure=error)
    done = {outcome.patch_id for outcome in report.outcomes}
    broken = still_broken(plan, after, [locked for locked in plan.replays if locked.patch.name in done])
    problems = [Problem(where=f"{it.patch}.sql", what=f"was replayed, and still {it}") for it in broken]
    return replace(report, after=after, failure=EffectMissing(problems) if problems else None)


def _replay(plan: RepairPlan, applier: Applier, before: Work, record: Callable[[Outcome], None]) -> RepairReport:
    replayer = Replayer(applier=applier, heals=plan.objects)
    lookout = Lookout(applier=applier, ahead=plan.replays)
    applier.known = {locked.patch.name: None for locked in plan.replays}
    outcomes: list[Outcome] = []
    for number, locked in enumerate(plan.replays):
        done, left = before.applied + number, len(plan.replays) - number
        if number and not applier.deadline.fits(statement_timeout(locked)):
            return RepairReport(outcomes=outcomes, work=work_left(Status.CONTINUE, done, left))
        attempts = before.lock_attempts if before.patch == locked.patch.name else 0
        try:
            lookout.require_clear(number)
            outcome = replayer.replay(locked, attempts)
        except MustWait as wait:
            work = work_left(Status.WAIT, done, left, patch=locked.patch.name, wait=wait)
            return RepairReport(outcomes=outcomes, work=work)
        except PatchesLost:
            raise  # of what this call has done, the ledger keeps less than was acknowledged
        except (SqlFailed, RdspatchError) as error:
            failure = _failure(locked, error)
            later = plan.replays[number + 1 :]
            ended = ended_at(locked, failure, later, is_in_doubt=applier.is_in_doubt)
            outcomes.extend(ended)
            for lasts in lasting(ended, failure):
                record(lasts)
            return RepairReport(outcomes=outcomes, work=work_left(Status.DONE, done, left), failure=failure)
        outcomes.append(outcome)
        record(outcome)
    return RepairReport(outcomes=outcomes, work=work_left(Status.DONE, before.applied + len(plan.replays), 0))


def _failure(locked: LockedPatch, error: SqlFailed | RdspatchError) -> RdspatchError:
    if isinstance(error, RdspatchError):
        return error
    where, message = locked.patch.id.file_name, error.failure.message
    if error.failure.kind is FailureKind.TOUCHES:
        what = f"replaying it would also touch {message}; it was rolled back"
        instead = "bring back what is missing by a new patch"
        return RepairRefused([Problem(where=where, what=what, instead=instead)])
    if error.failure.kind is FailureKind.LEDGER:
        return AccessDenied(
            f"{where}: what it does cannot be watched, so it was not replayed: {message} "
            f"(SQLSTATE {error.failure.sqlstate}). The role that applies patches needs TEMPORARY on the database, "
            "and a database that it may write to",
        )
    is_whole = locked.patch.directives.transaction is Transaction.ONE
    remains = "nothing of this replay stays" if is_whole else "what its earlier statements brought back stays"
    return patch_failed(locked, error.failure, remains=remains)


def _lost(lost: OutcomeUnknown) -> ConnectionLost:
    return ConnectionLost(f"{lost} while drift was read; run again")
