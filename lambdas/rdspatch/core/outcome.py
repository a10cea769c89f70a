"""What became of each patch that a run set out to apply, or to replay."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.errors import RdspatchError
    from rdspatch.core.work import Work


class Result(enum.Enum):
    """A patch is exactly one of these when a run ends."""

    APPLIED = "applied"
    REPLAYED = "replayed"
    FAILED = "failed"
    """The run ended at it, and the ledger does not have it."""
    UNKNOWN = "unknown"
    """It was sent, the database was lost, and the ledger could not be read."""
    NOT_REACHED = "not_reached"
    """Nothing is known to be wrong with it: the next run sends it, or goes on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one patch in one run."""

    patch_id: str
    checksum: str
    result: Result
    duration: timedelta = timedelta()
    """From the first message of this invocation about the patch to the last, lock waits included."""
    lock_attempts: int = 0
    """Attempts that ended in a lock timeout or a deadlock, those of earlier invocations included."""
    error: str | None = None
    later: tuple[str, ...] = ()
    """Of a patch that is not known to be applied: the patches after it, which were not reached."""

    def to_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "id": self.patch_id,
            "result": self.result.value,
            "duration_ms": round(self.duration.total_seconds() * 1000),
            "lock_attempts": self.lock_attempts,
        }
        if self.error is not None:
            document["error"] = self.error
        return document


def lasting(outcomes: Sequence[Outcome], failure: RdspatchError | None) -> tuple[Outcome, ...]:
    """Those that hold whatever comes: what a failure that is tried again left undone, the next try may do."""
    if failure is None or failure.retry == "never":
        return tuple(outcomes)
    passing = (Result.FAILED, Result.NOT_REACHED)
    return tuple(outcome for outcome in outcomes if outcome.result not in passing)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyReport:
    """What one call of apply did; a failure keeps what was applied before it."""

    outcomes: Sequence[Outcome]
    work: Work
    failure: RdspatchError | None = None
