"""What a call that carries out patches reports: of each patch, and of what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import PatchFailed
from rdspatch.core.failure import describe, place_of
from rdspatch.core.outcome import Outcome, Result
from rdspatch.core.work import Status, Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.errors import RdspatchError
    from rdspatch.core.failure import SqlFailure
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.engine.lock_waits import MustWait


def patch_failed(locked: LockedPatch, failure: SqlFailure, *, remains: str) -> PatchFailed:
    """The error for a statement that the server refused; `remains` says what is left of the patch."""
    place = place_of(locked, failure)
    return PatchFailed(
        f"{describe(locked, failure)}; {remains}, and no later patch was reached",
        patch_id=locked.patch.name,
        sqlstate=failure.sqlstate,
        line=place.line if place else None,
    )


def failed(locked: LockedPatch, failure: RdspatchError) -> Outcome:
    return Outcome(
        patch_id=locked.patch.name,
        checksum=locked.patch.checksum,
        result=Result.FAILED,
        error=f"{type(failure).__name__}: {failure}",
    )


def unknown(locked: LockedPatch, failure: RdspatchError, later: Sequence[LockedPatch]) -> Outcome:
    """The outcome of a patch that was sent before the database was lost."""
    return Outcome(
        patch_id=locked.patch.name,
        checksum=locked.patch.checksum,
        result=Result.UNKNOWN,
        error=f"{type(failure).__name__}: {failure}",
        later=tuple(other.patch.name for other in later),
    )


def not_reached(locked: LockedPatch) -> Outcome:
    return Outcome(patch_id=locked.patch.name, checksum=locked.patch.checksum, result=Result.NOT_REACHED)


def ended_at(
    locked: LockedPatch, failure: RdspatchError, later: Sequence[LockedPatch], *, is_in_doubt: bool
) -> tuple[Outcome, ...]:
    """The outcomes of the patch that a run ends at and of those after it.

    Args:
        locked: The patch.
        failure: Why.
        later: The patches after it.
        is_in_doubt: Whether it was sent and nobody knows what came of that.
    """
    rest = tuple(not_reached(other) for other in later)
    if is_in_doubt:
        return (unknown(locked, failure, later), *rest)
    is_its_own = failure.retry == "never"
    return (failed(locked, failure) if is_its_own else not_reached(locked), *rest)


def work_left(
    status: Status,
    applied: int,
    pending: int,
    *,
    patch: str | None = None,
    wait: MustWait | None = None,
) -> Work:
    """The work that goes back to the workflow; a pause of less than a second is none."""
    seconds = -int(-wait.pause.total_seconds() // 1) if wait else 0
    return Work(
        status=Status.CONTINUE if wait and not seconds else status,
        wait_seconds=seconds,
        applied=applied,
        pending=pending,
        patch=patch,
        lock_attempts=wait.attempts if wait else 0,
    )
