"""Nothing of a stranger's may be in the way of a patch when it is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rdspatch.core.errors import ConnectionLost, PlanRefused
from rdspatch.core.failure import OutcomeUnknown, SqlFailed
from rdspatch.core.strangers.in_the_way import Path, blocking, require_clear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.strangers.in_the_way import Obstacle
    from rdspatch.engine.applier import Applier

FRESH_SECONDS = 5.0
"""An answer of that age is asked for again."""


@dataclass(slots=True, kw_only=True)
class Lookout:
    """Looks ahead for all patches that are to be sent, in one question.

    What an earlier patch of them takes away is in nobody's way any more, so the answer counts for its first patch, and
    for a later one only when it says that all is clear; else it is asked again.
    """

    applier: Applier
    ahead: Sequence[LockedPatch]
    seen: tuple[Obstacle, ...] = ()
    asked_at: float | None = None
    first: LockedPatch | None = field(default=None, init=False)

    def require_clear(self, number: int) -> None:
        """Look before sending one of them.

        Raises:
            Drifted: Something is in its way; nothing of it was sent.
            ConnectionLost: The connection broke.
            ReadBlocked: A lock was in the way of the question.
            PlanRefused: The server does not answer.
        """
        locked = self.ahead[number]
        if not self._is_fresh() or (locked is not self.first and blocking(locked, self.seen)):
            self._ask(number)
        require_clear(locked, self.seen)

    def _is_fresh(self) -> bool:
        return self.asked_at is not None and self.applier.clock.monotonic() - self.asked_at < FRESH_SECONDS

    def _ask(self, number: int) -> None:
        paths = [path for path in map(Path, self.ahead[number:]) if path.made or path.relations]
        self.first, self.asked_at = self.ahead[number], self.applier.clock.monotonic()
        try:
            self.seen = self.applier.session.obstacles(paths) if paths else ()
        except OutcomeUnknown as lost:
            raise ConnectionLost(f"{lost} before the next patch; run again") from lost
        except SqlFailed as failed:
            why = f"{failed.failure.message} (SQLSTATE {failed.failure.sqlstate})"
            raise PlanRefused(f"what others have put in the way of patches cannot be read: {why}") from failed
