"""The time that is left to an invocation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdspatch.ports import Clock

MARGIN = timedelta(seconds=10)
"""Kept back for the audit, and for the server to end a statement before Lambda ends us."""
SHORTEST = timedelta(seconds=1)
RECORDING = timedelta(seconds=5)
"""Kept back of the margin for the audit alone, when a server that should have ended a statement says nothing."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock; None on the command line, where a person can wait."""

    clock: Clock
    ends_at: float | None = None

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> Deadline:
        return cls(clock, clock.monotonic() + seconds)

    def fits(self, duration: timedelta) -> bool:
        """Whether something that takes this long ends before the margin begins."""
        return self.ends_at is None or duration <= self._left()

    def cap(self, duration: timedelta) -> timedelta:
        """The duration, cut so that it ends before the margin begins; at least one second."""
        return duration if self.ends_at is None else max(SHORTEST, min(duration, self._left()))

    def left_for_answers(self) -> timedelta:
        """How long the server may still be waited for; less than nothing when it is too late."""
        return timedelta.max if self.ends_at is None else self._left() + MARGIN - RECORDING

    def _left(self) -> timedelta:
        ends_at = self.ends_at if self.ends_at is not None else 0.0
        return timedelta(seconds=ends_at - self.clock.monotonic()) - MARGIN
