"""The session of one call of apply or repair: its run lock, its ledger, and what becomes of a lost connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.core.errors import (
    AnotherRunActive,
    ConnectionLost,
    LedgerUnusable,
)
from rdspatch.core.failure import FailureKind, OutcomeUnknown, SqlFailed
from rdspatch.core.lost import patches_lost
from rdspatch.core.outcome import Outcome, Result
from rdspatch.core.patch import Transaction
from rdspatch.engine.lock_waits import LockQueue, WaitPolicy
from rdspatch.engine.run_lock import open_locked_session
from rdspatch.engine.statements import LedgerMarks, StatementByStatement, statement_timeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.run import Run
    from rdspatch.engine.deadline import Deadline
    from rdspatch.ports import Clock, Database, Limits, Session

MOST_LOST_CONNECTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyPolicy:
    """How patient apply is."""

    run_lock_patience: timedelta = timedelta(seconds=10)
    waits: WaitPolicy = field(default_factory=WaitPolicy)


@dataclass(slots=True, kw_only=True)
class Applier:
    """One call of apply or repair. Use those; this holds their session, which a lost connection replaces."""

    database: Database
    clock: Clock
    run: Run
    deadline: Deadline
    policy: ApplyPolicy
    session: Session
    lost_connections: int = 0
    known: dict[str, None] = field(default_factory=dict)
    """The patches that this call has found in the ledger, or has applied itself, in order."""
    is_in_doubt: bool = False
    """Whether something was sent and the ledger has not been read since the connection was lost."""

    @classmethod
    def open(cls, *, database: Database, clock: Clock, run: Run, deadline: Deadline, policy: ApplyPolicy) -> Applier:
        """Connect and take the run lock; close it afterwards. Raises what `open_locked_session` raises."""
        session = open_locked_session(database, run, clock, patience=policy.run_lock_patience)
        return cls(database=database, clock=clock, run=run, deadline=deadline, policy=policy, session=session)

    def close(self) -> None:
        """End the session, and with it the run lock; never raises."""
        self.session.close()

    def read_or_create_ledger(self) -> Ledger:
        """What the ledger says under the run lock.

        It is created on a database that was never patched, and gets what an earlier version's ledger lacks.

        Raises:
            LedgerUnusable: It is there in part or in another shape, or strangers have a hand in it.
            ConnectionLost: The connection broke; nothing of a patch was sent yet.
        """
        try:
            ledger = self._ledger()
        except OutcomeUnknown as lost:
            raise ConnectionLost(f"{lost} before the first patch; nothing was applied in this call") from lost
        self.known = {row.patch_id: None for row in ledger.applied}
        return ledger

    def _ledger(self) -> Ledger:
        """What this session finds; the server that it leads to may lack everything that this call has done."""
        ledger = self.session.read_ledger()
        lost = self.known.keys() - {row.patch_id for row in ledger.applied}
        if lost:
            names = [name for name in self.known if name in lost]
            raise patches_lost(names, witness="it had before the connection broke")
        ledger.require_ours()
        try:
            if not (ledger.exists and ledger.is_numbered):
                self.session.create_ledger()
        except SqlFailed as refused:
            if refused.failure.kind is FailureKind.RUN_LOCK_LOST:
                raise AnotherRunActive(f"{refused.failure.message}; nothing was changed in this call") from refused
            raise LedgerUnusable(
                f"the ledger cannot be created: {refused.failure.message} (SQLSTATE {refused.failure.sqlstate}). "
                "The role that applies patches needs CREATE on the database once, and a database that it may write to"
            ) from refused
        return ledger

    def reopen(self, lost: OutcomeUnknown) -> Ledger:
        """After a lost connection: a new session with the run lock, and what the ledger says now.

        Whoever gets the run lock knows that the old session's statement has ended, so the ledger is the answer; unless
        it is that of another server, to which not every commit came.

        Raises:
            PatchesLost: The ledger has not all that it had, or that was applied since.
            ConnectionLost: It was lost too often.
            RdspatchError: What `open_locked_session` and reading the ledger raise. Nothing is known then.
        """
        self.is_in_doubt = True
        while True:
            self.lost_connections += 1
            self.session.close()
            if self.lost_connections > MOST_LOST_CONNECTIONS:
                many = f"{self.lost_connections} sessions were lost in one invocation"
                raise ConnectionLost(f"{many}, the last one because {lost}; run again") from lost
            self.session = open_locked_session(
                self.database,
                self.run,
                self.clock,
                patience=self.policy.run_lock_patience,
                so_far=f"before that: {lost}",
            )
            try:
                ledger = self._ledger()
            except OutcomeUnknown as again:
                lost = again
            else:
                self.is_in_doubt = False
                return ledger

    def apply_one(self, locked: LockedPatch, attempts: int) -> Outcome:
        """Apply one patch, resolving lost connections from the ledger."""
        return self._make_recorded(locked, attempts, send=self._send)

    def record_one(self, locked: LockedPatch, *, before: tuple[str, ...]) -> Outcome:
        """Write the row of one patch whose work is there before others, resolving lost connections likewise."""

        def record(queue: LockQueue) -> None:
            queue.session.record_patch(queue.locked, run=self.run, before=before)

        return self._make_recorded(locked, 0, send=record)

    def _make_recorded(self, locked: LockedPatch, attempts: int, *, send: Callable[[LockQueue], None]) -> Outcome:
        def is_recorded(ledger: Ledger) -> bool:
            return ledger.find(locked.patch.name) is not None

        outcome = self.carry_out(locked, attempts, send=send, is_settled=is_recorded, result=Result.APPLIED)
        self.known[locked.patch.name] = None
        return outcome

    def carry_out(
        self,
        locked: LockedPatch,
        attempts: int,
        *,
        send: Callable[[LockQueue], None],
        is_settled: Callable[[Ledger], bool],
        result: Result,
    ) -> Outcome:
        """Send one patch until it is settled.

        Args:
            locked: The patch.
            attempts: How often earlier invocations have tried for its locks.
            send: Sends it, through the queue that it is given; may be called again after a lost connection.
            is_settled: Whether the ledger says, after a lost connection, that it needs no sending again.
            result: What it is called when it is settled.
        """
        started = self.clock.monotonic()
        queue = self._queue(locked, attempts)
        while True:
            try:
                send(queue)
                break
            except OutcomeUnknown as lost:
                ledger = self.reopen(lost)
                queue = self._queue(locked, queue.attempts)
                if is_settled(ledger):
                    break
            except SqlFailed as refused:
                if refused.failure.kind is FailureKind.RUN_LOCK_LOST:
                    why = f"{locked.patch.name}: {refused.failure.message}; it was not run"
                    raise AnotherRunActive(why) from refused
                if refused.failure.kind is not FailureKind.ALREADY_RECORDED:
                    raise
                break
        return Outcome(
            patch_id=locked.patch.name,
            checksum=locked.patch.checksum,
            result=result,
            duration=timedelta(seconds=self.clock.monotonic() - started),
            lock_attempts=queue.attempts,
        )

    def _queue(self, locked: LockedPatch, attempts: int) -> LockQueue:
        return LockQueue(
            locked=locked,
            session=self.session,
            policy=self.policy.waits,
            clock=self.clock,
            deadline=self.deadline,
            attempts=attempts,
        )

    def _send(self, queue: LockQueue) -> None:
        locked = queue.locked
        if locked.patch.directives.transaction is Transaction.NONE:
            marks = LedgerMarks(session=queue.session, locked=locked, run=self.run)
            StatementByStatement(queue=queue, marks=marks, deadline=self.deadline).carry_out()
            return

        def send(limits: Limits) -> None:
            self.session.apply_patch(locked, run=self.run, limits=limits)

        queue.send(send, statement_timeout=self.deadline.cap(statement_timeout(locked)))
