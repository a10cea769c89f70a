"""The texts that are sent: our own statements around a patch's, in one simple-query message.

Whatever a patch left behind in the session, the head of the next message puts it right: login role, all settings, then
the few that we pin, for this transaction only; `_DISCARDS` does so with what is no setting. The fence takes the run
lock again within the transaction; the session that holds it already gets it at once, and any other one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.pinned import set_statements
from rdspatch.adapters.postgres.quoting import identifier, literal, relation
from rdspatch.adapters.postgres.sqlstate import READ_ONLY, READ_ONLY_TEXT, RUN_LOCK_LOST, RUN_LOCK_LOST_TEXT
from rdspatch.core.duration import milliseconds
from rdspatch.core.session_settings import PINNED
from rdspatch.ports import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.adapters.postgres.replay import Guard
    from rdspatch.core.models import MappedModel

LOCK_CLASS, LOCK_OBJECT = 0x72647370, 1
"""The advisory lock's key: "rdsp" in ASCII, and 1 for the run lock."""


def _lock(function: str) -> str:
    return f"pg_catalog.{function}({LOCK_CLASS}, {LOCK_OBJECT})"


_IS_READ_ONLY = "pg_catalog.current_setting('default_transaction_read_only') OPERATOR(pg_catalog.=) 'on'"


def _fence(lock_function: str) -> str:
    return (
        f"DO $fence$BEGIN IF NOT {_lock(lock_function)} THEN "
        f"RAISE EXCEPTION USING ERRCODE = '{RUN_LOCK_LOST}', MESSAGE = '{RUN_LOCK_LOST_TEXT}'; "
        f"END IF; IF {_IS_READ_ONLY} THEN "
        f"RAISE EXCEPTION USING ERRCODE = '{READ_ONLY}', MESSAGE = '{READ_ONLY_TEXT}'; END IF; END$fence$"
    )


_FENCE = _fence("pg_try_advisory_xact_lock")
_FENCE_OF_SESSION = _fence("pg_try_advisory_lock")
"""For the statement that follows in a message of its own: a lock that a patch gave up is taken for the session."""
_DISCARDS = ("DISCARD TEMP", "DISCARD SEQUENCES", "DEALLOCATE ALL", "CLOSE ALL")
"""A patch meets what it would meet as the only one of its run: no temporary object, no last value of a sequence, no
prepared statement and no cursor of a patch before it. DISCARD ALL would drop the run lock too."""
OWN_PATH = "SET LOCAL search_path = pg_catalog, pg_temp"
"""Before statements of ours that follow a patch's. The server then prints every other name with its schema."""
OWN_LIMITS = Limits(lock_timeout=timedelta(seconds=5), statement_timeout=timedelta(seconds=30))
"""For statements on our own tables and on catalogs."""
_OWN_TIMEOUT = f"SET LOCAL statement_timeout = {milliseconds(OWN_LIMITS.statement_timeout)}"
_READ_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_READ_ONLY = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"


@dataclass(frozen=True, slots=True)
class Message:
    """A text to send, and how much of it is ours."""

    text: str
    skipped: int = 0
    """Characters before the patch's text."""
    prefix: int = 0
    """Statements before the patch's first."""
    start: int = 0
    """Where in the patch's text the part that is sent begins, in characters."""
    number: int = 0
    """The number of its first statement."""
    statements: int | None = None
    """How many of the statements are the patch's, where what follows them may fail in a way of its own."""
    foreign: timedelta = timedelta()
    """The longest that the server lets those statements take which are not ours: then it has cancelled one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every message of a session pins."""

    owner_role: str | None
    search_path: tuple[str, ...]
    trusted_roles: tuple[str, ...] = ()
    """Whose code patches may run, beside their own role's."""
    pinned: Mapping[str, str] = field(default_factory=dict)
    """Settings that go with each message, since servers that do not know them refuse a session's start with them."""

    @property
    def of_our_own(self) -> Surroundings:
        """For questions and statements of ours.

        Whoever may create in a schema of the patches' path could put a function or an operator there that matches our
        arguments better than the catalog's, and have it run as the owner. `pg_temp`, unless it is named last, would
        even come first.
        """
        return replace(self, search_path=("pg_catalog",))

    @property
    def seeing_all_rows(self) -> Surroundings:
        """For questions that a policy must not answer: where it would hide rows, the server refuses them instead."""
        return replace(self, pinned={**self.pinned, "row_security": "off"})

    def head(self, limits: Limits, *, scope: str = "LOCAL ") -> tuple[str, ...]:
        """The statements that undo what came before and pin our settings; `scope` is LOCAL or the session."""
        role = f"SET {scope}ROLE {identifier(self.owner_role)}" if self.owner_role else "RESET ROLE"
        lock = 0 if limits.lock_timeout is None else milliseconds(limits.lock_timeout)
        path = ", ".join(identifier(schema) for schema in (*self.search_path, "pg_temp"))
        return (
            "RESET SESSION AUTHORIZATION",
            "RESET ALL",
            *set_statements(self.pinned, scope=scope),
            role,
            f"SET {scope}search_path = {path}",
            f"SET {scope}lock_timeout = {lock}",
            f"SET {scope}statement_timeout = {milliseconds(limits.statement_timeout)}",
        )

    def transaction(
        self, *, limits: Limits, before: Sequence[str] = (), sql: str = "", last: str = "COMMIT", statements: int = 0
    ) -> Message:
        """BEGIN, the head, the fence, our own statements, then `sql`, then COMMIT: one message, one transaction.

        Of `sql`, so many statements are a patch's.
        """
        message = _compose((_READ_WRITE, *self.head(limits), *_DISCARDS, _FENCE, *before), sql, last)
        return replace(message, foreign=_longest(limits, statements))

    def patch(self, *, limits: Limits, row: str, sql: str, statements: int) -> Message:
        """The same for a whole patch, with its ledger row as the fence."""
        message = _compose((_READ_WRITE, *self.head(limits), *_DISCARDS, row), sql, "COMMIT")
        return replace(message, foreign=_longest(limits, statements))

    def guarded(self, *, limits: Limits, guard: Guard, sql: str, statements: int) -> Message:
        """The same without statements of ours that write: the guard looks before the patch, and again after it."""
        # What the guard reads with must not be what the patch runs with, so each comes with settings of its own. After
        # the patch nothing is reset: what it has switched off, such as track_counts, is what the guard must see.
        reading = (OWN_PATH, _OWN_TIMEOUT, *set_statements(PINNED, scope="LOCAL "))
        last = ";\n".join((*reading, *guard.after, "COMMIT"))
        before = (*guard.before, *self.head(limits))
        message = self.of_our_own.transaction(limits=OWN_LIMITS, before=before, sql=sql, last=last)
        return replace(message, statements=statements, foreign=_longest(limits, statements))

    def read_only(self, *, limits: Limits, before: Sequence[str] = (), sql: str) -> Message:
        """`before` and `sql` in a read-only transaction that ends in ROLLBACK; needs no run lock."""
        return _compose((_READ_ONLY, *self.head(limits), *before), sql, "ROLLBACK")

    def rolled_back(self, *, limits: Limits, sql: str) -> Message:
        """`sql` in a transaction that may write and ends in ROLLBACK; needs no run lock."""
        return _compose((_READ_WRITE, *self.head(limits)), sql, "ROLLBACK")

    def session(self, *, limits: Limits) -> Message:
        """The head for the session, before a statement that must be alone in its message."""
        return _compose((*self.head(limits, scope=""), *_DISCARDS, _FENCE_OF_SESSION), "", "")


def _longest(limits: Limits, statements: int) -> timedelta:
    """The server's limit is for each statement; COMMIT, which checks what is deferred, is given as long as one."""
    return (statements + 1) * limits.statement_timeout if statements else timedelta()


def _compose(ours: tuple[str, ...], sql: str, last: str) -> Message:
    head = "".join(f"{statement};\n" for statement in ours)
    # A patch may end in a line comment, so what follows it starts a line of its own.
    return Message(f"{head}{sql}\n;{last}", skipped=len(head), prefix=len(ours))


def insert_ledger_row(*, patch_id: str, checksum: str, run_id: str, run_started_at: str) -> str:
    """The row that commits with the patch; it goes first, so that its key stops a competitor before the patch.

    It is the patch's fence as well: without the run lock, or in a database that is set to read only, it lacks a value
    that it must have (`sqlstate.py` says what that means). See decision 0002.
    """
    key = f"CASE WHEN {_lock('pg_try_advisory_xact_lock')} THEN {literal(patch_id)} END"
    text = f"CASE WHEN NOT {_IS_READ_ONLY} THEN {literal(checksum)} END"
    columns = "patch_id, checksum, run_id, run_started_at"
    return (
        f"INSERT INTO rdspatch.ledger ({columns}) VALUES ({key}, {text}, {literal(run_id)}, {literal(run_started_at)})"
    )


def move_to_the_end(patch_id: str) -> str:
    """Give a row of the ledger the place after all others."""
    return f"UPDATE rdspatch.ledger SET number = DEFAULT WHERE patch_id = {literal(patch_id)}"


def upsert_mark(*, patch_id: str, number: int, mark: str, run_id: str) -> str:
    """The progress row of one statement of a non-transactional patch."""
    values = f"{literal(patch_id)}, {number}, {literal(mark)}, {literal(run_id)}"
    return (
        f"INSERT INTO rdspatch.progress (patch_id, statement, mark, run_id) VALUES ({values}) "
        "ON CONFLICT (patch_id, statement) DO UPDATE SET mark = excluded.mark, run_id = excluded.run_id, "
        "marked_at = pg_catalog.clock_timestamp()"
    )


def delete_progress(patch_id: str) -> str:
    return f"DELETE FROM rdspatch.progress WHERE patch_id = {literal(patch_id)}"


def select_nothing(model: MappedModel) -> str:
    """All columns of a model and no row."""
    columns = ", ".join(identifier(column) for column in model.columns)
    return f"SELECT {columns} FROM {relation(model.table)} WHERE false"
