"""What a call that carries out patches reports: of each patch, and of what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import PatchFailed
from rdspatch.core.failure import describe, place_of
from rdspatch.core.outcome import Outcome, Result
from rdspatch.core.work import Status, Work

if TYPE_CHECKING:
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


def not_reached(locked: LockedPatch) -> Outcome:
    return Outcome(patch_id=locked.patch.name, checksum=locked.patch.checksum, result=Result.NOT_REACHED)


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
