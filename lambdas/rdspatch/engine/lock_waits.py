"""Send something that needs locks, stay briefly in the queue, go away, come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.core.errors import LockNotAvailable
from rdspatch.core.failure import SqlFailed
from rdspatch.core.waits import DEFAULT_WAITS, Attempt, LockWait, attempt
from rdspatch.ports import Clock, Limits, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.engine.deadline import Deadline

MOST_IDLE_SECONDS = 10.0
"""The server ends sessions that are silent for long, and with them the run lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitPolicy:
    """How lock waits are spent."""

    waits: tuple[LockWait, ...] = DEFAULT_WAITS
    longest_sleep_here: timedelta | None = timedelta(seconds=2)
    """Longer pauses are left to the workflow, where they cost nothing; None on the command line, which has none."""
    jitter: Callable[[], float] = lambda: 0.5
    """A random number in [0, 1)."""


class MustWait(Exception):
    """The next attempt comes after a pause that is not for this invocation."""

    def __init__(self, pause: timedelta, attempts: int) -> None:
        super().__init__(f"wait {pause} after {attempts} attempts")
        self.pause = pause
        self.attempts = attempts


@dataclass(slots=True, kw_only=True)
class LockQueue:
    """Sends with lock timeouts, counting attempts over one patch."""

    locked: LockedPatch
    session: Session
    policy: WaitPolicy
    clock: Clock
    deadline: Deadline
    attempts: int = 0
    """Attempts that ended without the lock, earlier invocations included."""

    def send(self, action: Callable[[Limits], None], *, statement_timeout: timedelta) -> None:
        """Call `action` with ever longer lock timeouts until it gets its locks.

        Raises:
            MustWait: The next pause is too long for this invocation.
            LockNotAvailable: The table of waits ended; names who holds the locks.
            SqlFailed: The action failed for any other reason.
        """
        while True:
            now = attempt(
                self.policy.waits,
                min(self.attempts, len(self.policy.waits) - 1),
                cap=self.locked.patch.directives.lock_timeout,
                jitter=self.policy.jitter(),
            )
            try:
                action(Limits(lock_timeout=now.lock_timeout, statement_timeout=statement_timeout))
            except SqlFailed as failed:
                if not failed.failure.kind.passes_with_a_lock:
                    raise
                self.attempts += 1
                if now.is_last:
                    raise self._give_up(failed) from failed
                self._pause(now)
            else:
                return

    def _pause(self, now: Attempt) -> None:
        longest = self.policy.longest_sleep_here
        if (longest is not None and now.then_sleep > longest) or not self.deadline.fits(now.then_sleep):
            raise MustWait(now.then_sleep, self.attempts)
        self._sleep(now.then_sleep.total_seconds())

    def _sleep(self, seconds: float) -> None:
        while seconds > MOST_IDLE_SECONDS:
            self.clock.sleep(MOST_IDLE_SECONDS)
            self.session.try_run_lock()  # a sign of life; the next message's fence judges the lock itself
            seconds -= MOST_IDLE_SECONDS
        self.clock.sleep(seconds)

    def _give_up(self, failed: SqlFailed) -> LockNotAvailable:
        blockers = self.session.blockers(self.locked.relations)
        who = "; ".join(str(blocker) for blocker in blockers) or "no session that holds a lock on its relations now"
        patch = self.locked.patch
        return LockNotAvailable(
            f"{patch.id.file_name}: {failed.failure.kind.value} after {self.attempts} attempts; blocked by: {who}. "
            "Nothing of it was applied; end that transaction or run again at a quieter time",
            patch_id=patch.name,
        )
