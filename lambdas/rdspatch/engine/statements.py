"""A non-transactional patch: statement by statement, each with an intent, a post-condition and a mark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from rdspatch.core.catalog import Decision, Move, decide_create_index, decide_detach, decide_drop_index
from rdspatch.core.errors import Drifted
from rdspatch.core.patch import DEFAULT_STATEMENT_TIMEOUT, Transaction
from rdspatch.core.statement import Statement, StatementKind
from rdspatch.engine.lock_waits import LockQueue, MustWait

if TYPE_CHECKING:
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.progress import Progress
    from rdspatch.core.run import Run
    from rdspatch.engine.deadline import Deadline
    from rdspatch.ports import Limits, Session

MOST_STATEMENT_TIME = timedelta(minutes=14)


def statement_timeout(locked: LockedPatch) -> timedelta:
    """The longest time that one statement of a patch may run; builds that hold nobody up may take their time."""
    is_whole = locked.patch.directives.transaction is Transaction.ONE
    default = DEFAULT_STATEMENT_TIMEOUT if is_whole else MOST_STATEMENT_TIME
    return locked.patch.directives.statement_timeout or default


class Marks(Protocol):
    """What is kept of each statement of a patch, so that nothing is executed twice."""

    def read(self) -> Progress:
        """What an earlier attempt left."""

    def commit(self, number: int, limits: Limits) -> None:
        """Execute a statement that PostgreSQL takes in a transaction, together with its mark."""

    def intend(self, number: int) -> None: ...

    def done(self, number: int) -> None: ...

    def finish(self) -> None:
        """After the last statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerMarks:
    """The marks of apply: in the database, until the ledger has the patch."""

    session: Session
    locked: LockedPatch
    run: Run

    def read(self) -> Progress:
        return self.session.read_progress(self.locked)

    def commit(self, number: int, limits: Limits) -> None:
        self.session.apply_statement(self.locked, number, run=self.run, limits=limits)

    def intend(self, number: int) -> None:
        self.session.record_intent(self.locked, number, run=self.run)

    def done(self, number: int) -> None:
        self.session.record_done(self.locked, number, run=self.run)

    def finish(self) -> None:
        self.session.record_patch(self.locked, run=self.run)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementByStatement:
    """Carries out one patch whose directive says `transaction: none`.

    A crash between executing a statement and marking it leaves only its intent; the next run asks the catalog whether
    the post-condition holds and goes on from there. Statements that PostgreSQL takes in a transaction commit together
    with their mark.
    """

    queue: LockQueue
    marks: Marks
    deadline: Deadline

    def carry_out(self) -> None:
        """Bring every statement to its post-condition.

        Raises:
            MustWait: A statement waits for a lock, or the invocation has no time for the next statement.
            Drifted: Something else stands in the way under the name of an object of the patch.
            LockNotAvailable, SqlFailed: See `LockQueue.send`.
        """
        progress = self.marks.read()
        is_first = True  # of this call: each call does one at least, however little time it was given
        for number, statement in enumerate(self.queue.locked.statements):
            if progress.is_done(number):
                continue
            if not is_first and not self.deadline.fits(self._statement_timeout()):
                raise MustWait(timedelta(), self.queue.attempts)
            is_first = False
            if statement.kind is StatementKind.TRANSACTIONAL:
                self._commit_with_mark(number)
            else:
                self._fulfil(number, statement, intended=progress.is_intended(number))
        self.marks.finish()

    def _statement_timeout(self) -> timedelta:
        return statement_timeout(self.queue.locked)

    def _commit_with_mark(self, number: int) -> None:
        timeout = self.deadline.cap(self._statement_timeout())
        self.queue.send(lambda limits: self.marks.commit(number, limits), statement_timeout=timeout)

    def _fulfil(self, number: int, statement: Statement, *, intended: bool) -> None:
        decision = self._decide(statement, intended=intended)
        if decision.move is Move.REFUSE:
            raise self._in_the_way(statement, decision.reason)
        if decision.move is not Move.NOTHING:
            if decision.move is not Move.ATTEMPT:
                self.marks.intend(number)
            self._execute(number, statement, decision.move)
            after = self._decide(statement, intended=True)
            if statement.kind is not StatementKind.REPEATABLE and after.move is not Move.NOTHING:
                reason = after.reason or "what it makes is missing or invalid"
                raise self._in_the_way(statement, f"its post-condition does not hold afterwards: {reason}")
        self.marks.done(number)

    def _decide(self, statement: Statement, *, intended: bool) -> Decision:
        session = self.queue.session
        match statement.kind:
            case StatementKind.CREATE_INDEX:
                return decide_create_index(session.index_facts(statement), intended=intended)
            case StatementKind.DROP_INDEX:
                return decide_drop_index(session.index_facts(statement), intended=intended)
            case StatementKind.DETACH_PARTITION:
                return decide_detach(session.partition_facts(statement), intended=intended)
            case _:
                return Decision(Move.EXECUTE)

    def _execute(self, number: int, statement: Statement, first: Move) -> None:
        """Make the first move; a deadlock may leave something behind, so the next attempt asks the catalog again."""
        moves = iter((first,))

        def send(limits: Limits) -> None:
            move = next(moves, None) or self._decide(statement, intended=True).move
            self._make(move, number, replace(limits, lock_timeout=None) if statement.concurrent else limits)

        self.queue.send(send, statement_timeout=self.deadline.cap(self._statement_timeout()))

    def _make(self, move: Move, number: int, limits: Limits) -> None:
        session, locked = self.queue.session, self.queue.locked
        statement = locked.statements[number]
        match move:
            case Move.FINISH:
                session.finish_detach(statement, limits=limits)
            case Move.REBUILD:
                session.drop_index(statement, limits=limits)
                session.execute_alone(locked, number, limits=limits)
            case Move.EXECUTE | Move.ATTEMPT:
                session.execute_alone(locked, number, limits=limits)
            case Move.NOTHING | Move.REFUSE:
                return  # what stands there now is judged after the execution, as always

    def _in_the_way(self, statement: Statement, reason: str) -> Drifted:
        file_name = self.queue.locked.patch.id.file_name
        return Drifted(
            f"{file_name}:{statement.line}: {statement.object or 'statement'}: {reason}. "
            "Nothing valid was dropped; settle by hand what is right, then run again",
        )
