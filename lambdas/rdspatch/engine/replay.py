"""One applied patch once more, without a ledger row: it may bring back what is missing, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.outcome import Outcome, Result
from rdspatch.core.patch import Transaction
from rdspatch.core.progress import Mark, Progress
from rdspatch.core.statement import StatementKind
from rdspatch.engine.statements import StatementByStatement, statement_timeout

if TYPE_CHECKING:
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import ObjectName
    from rdspatch.engine.applier import Applier
    from rdspatch.engine.lock_waits import LockQueue
    from rdspatch.ports import Limits, Session

_REPLAYED = frozenset({StatementKind.TRANSACTIONAL, StatementKind.CREATE_INDEX})
"""The others remove something, or tidy up: nothing that is missing comes back by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayMarks:
    """No marks at all: a replay that was interrupted begins again and finds in the catalog what is there."""

    session: Session
    locked: LockedPatch
    heals: frozenset[ObjectName]

    def read(self) -> Progress:
        skipped = (n for n, statement in enumerate(self.locked.statements) if statement.kind not in _REPLAYED)
        return Progress(dict.fromkeys(skipped, Mark.DONE))

    def commit(self, number: int, limits: Limits) -> None:
        self.session.replay_statement(self.locked, number, heals=self.heals, limits=limits)

    def intend(self, number: int) -> None:
        """Nothing: the ledger's tables say what apply did."""

    def done(self, number: int) -> None:
        """Nothing, likewise."""

    def finish(self) -> None:
        """Nothing, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """Replays patches over the session of an applier."""

    applier: Applier
    heals: frozenset[ObjectName]
    """What the replays may add, change or make again."""

    def replay(self, locked: LockedPatch, attempts: int) -> Outcome:
        """Send one patch; after a lost connection again, since it does nothing where it was done.

        Raises:
            MustWait, LockNotAvailable, Drifted, SqlFailed: As in apply; of the kind TOUCHES when it was rolled back
                because it would have done something else.
        """
        return self.applier.carry_out(
            locked, attempts, send=self._send, is_settled=lambda _: False, result=Result.REPLAYED
        )

    def _send(self, queue: LockQueue) -> None:
        locked, session, deadline = queue.locked, queue.session, self.applier.deadline
        if locked.patch.directives.transaction is Transaction.NONE:
            marks = ReplayMarks(session=session, locked=locked, heals=self.heals)
            StatementByStatement(queue=queue, marks=marks, deadline=deadline).carry_out()
            return
        queue.send(
            lambda limits: session.replay_patch(locked, heals=self.heals, limits=limits),
            statement_timeout=deadline.cap(statement_timeout(locked)),
        )
