"""What the engine needs from the world, as protocols. Adapters implement them; `testing` holds a fake of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from rdspatch.core.answer import Answer
    from rdspatch.core.audit import AuditEntry, AuditRecord
    from rdspatch.core.catalog import IndexFacts, PartitionFacts
    from rdspatch.core.failure import SqlFailure
    from rdspatch.core.health import HealthResponse
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.models import MappedModel
    from rdspatch.core.progress import Progress
    from rdspatch.core.run import Run
    from rdspatch.core.schema import ObjectName, Properties, Schema
    from rdspatch.core.sessions import Blocker, Holder, ServerFacts
    from rdspatch.core.statement import RelationName, Statement
    from rdspatch.core.strangers.in_the_way import Obstacle, Path
    from rdspatch.core.strangers.shadowing import Shadow
    from rdspatch.core.table_size import TableSize


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The timeouts that the server enforces on one message."""

    lock_timeout: timedelta | None
    """The longest wait in one lock queue; None only for statements that hold nobody up while they wait."""
    statement_timeout: timedelta


class Session(Protocol):
    """One connection to the target database, in AUTOCOMMIT.

    The run lock lives on the connection that executes: a zombie that still executes still holds it. Every method may
    raise `OutcomeUnknown` when the connection breaks; methods that run patch SQL raise `SqlFailed` when the server
    refuses it, and those that only read raise `ReadBlocked` when another session's lock keeps them from it.
    """

    def server_version(self) -> int:
        """`server_version_num`, as the server said it at the start of the session; nothing is sent."""

    def server_facts(self) -> ServerFacts: ...

    def try_run_lock(self) -> Holder | None:
        """Take the run lock without waiting; None when it is ours now, else who holds it."""

    def read_ledger(self) -> Ledger:
        """The whole ledger in one round trip.

        Raises LedgerUnusable when it is there in part, or when reading it could run a stranger's code.
        """

    def create_ledger(self) -> None:
        """Create the schema `rdspatch` with its tables where they are missing.

        Raises LedgerUnusable, and changes nothing, when a stranger has a hand in what is there.
        """

    def apply_patch(self, locked: LockedPatch, *, run: Run, limits: Limits) -> None:
        """Run a transactional patch and its ledger row in one message and one transaction."""

    def apply_statement(self, locked: LockedPatch, number: int, *, run: Run, limits: Limits) -> None:
        """Run one statement of a non-transactional patch, together with its `done` row, in one transaction."""

    def replay_patch(self, locked: LockedPatch, *, heals: Collection[ObjectName], limits: Limits) -> None:
        """Run a transactional patch that the ledger has; in one message and one transaction, without a row.

        It commits only when every object but `heals` is what it was, with its rows, owner and privileges, and when
        nothing joined them that the patch does not make; else it raises SqlFailed of the kind TOUCHES.
        """

    def replay_statement(
        self, locked: LockedPatch, number: int, *, heals: Collection[ObjectName], limits: Limits
    ) -> None:
        """The same with one statement of a non-transactional patch that PostgreSQL takes in a transaction."""

    def execute_alone(self, locked: LockedPatch, number: int, *, limits: Limits) -> None:
        """Run one statement that PostgreSQL refuses in a transaction, alone in its message."""

    def read_progress(self, locked: LockedPatch) -> Progress: ...

    def record_intent(self, locked: LockedPatch, number: int, *, run: Run) -> None: ...

    def record_done(self, locked: LockedPatch, number: int, *, run: Run) -> None: ...

    def record_patch(self, locked: LockedPatch, *, run: Run, before: Sequence[str] = ()) -> None:
        """Write the ledger row of a patch whose work is done and drop its progress, in one transaction.

        The patches of `before`, which are in the ledger, come after it then, in the order in which they are given.
        """

    def index_facts(self, statement: Statement) -> IndexFacts: ...

    def drop_index(self, statement: Statement, *, limits: Limits) -> None:
        """DROP INDEX CONCURRENTLY of the index that `index_facts` is about."""

    def partition_facts(self, statement: Statement) -> PartitionFacts: ...

    def finish_detach(self, statement: Statement, *, limits: Limits) -> None:
        """ALTER TABLE … DETACH PARTITION … FINALIZE."""

    def read_schema(self, schemas: Sequence[str] = ()) -> Schema:
        """Every object that patches may change, except those in the schema `rdspatch`; one round trip.

        Given names of schemas, only those and what is in them, and every extension. Raises SqlFailed.
        """

    def shadows(self) -> tuple[Shadow, ...]:
        """Code of other roles that a name in a patch may mean; one round trip. Raises SqlFailed."""

    def obstacles(self, paths: Sequence[Path]) -> tuple[Obstacle, ...]:
        """What strangers have put in the way of these patches; one round trip. Raises SqlFailed."""

    def read_again(self, items: Sequence[tuple[ObjectName, Properties]]) -> tuple[Properties | None, ...]:
        """What the server prints of the definitions of objects after it has read them once more; changes nothing.

        One answer for each object, None where the server does not take the definition or may not be asked.
        """

    def answers(self, queries: Sequence[str], *, limits: Limits) -> tuple[Answer | SqlFailure, ...]:
        """What each query returns, or why it failed; all in one message and one read-only transaction where none fails.

        The time limit counts for each query. No value is read by its type, so none can be unreadable.
        """

    def select_nothing(self, models: Sequence[MappedModel], *, limits: Limits) -> None:
        """Select every column of these models and no row, in one read-only message. Raises SqlFailed."""

    def blockers(self, relations: Sequence[RelationName]) -> tuple[Blocker, ...]:
        """Who else holds locks on these relations now, longest transaction first."""

    def table_sizes(self, names: Collection[str]) -> Mapping[str, TableSize]:
        """How large tables are, by their qualified names as the lock file writes them; without those that are gone."""

    def mark_audited(self, patch_ids: Sequence[str]) -> None: ...

    def close(self) -> None:
        """End the session and with it the run lock; never raises."""


class Database(Protocol):
    """The target database."""

    def connect(self, run: Run) -> Session:
        """Open a session.

        Raises:
            DatabaseUnreachable: No connection could be made.
            AccessDenied: The login was refused.
            InsecureConnection: The server's certificate does not check out; nothing was sent.
            UnsupportedServer: The server is older than PostgreSQL 14.
        """

    def until(self, left: Callable[[], timedelta]) -> Database:
        """The same for a caller whose time ends: no login and no answer is waited for longer than `left` then says."""


class AuditLog(Protocol):
    """The audit table, for one target."""

    def append(self, entries: Sequence[AuditEntry], *, run: Run) -> str:
        """Add records after the newest of this run; the hash of the last one.

        Raises:
            AuditUnavailable: The table did not take all of them.
            RunEnded: The run has its last record, which nothing may follow.
        """

    def of_run(self, run: Run) -> Sequence[AuditRecord]:
        """The records of one run in their order. Raises AuditUnavailable."""

    def is_recorded(self, patch_id: str, checksum: str) -> bool:
        """Whether any run's records say that this patch was applied with this checksum."""

    def applied(self, run: Run | None = None) -> Ledger:
        """What the records of this target, or of one run of it, say is applied; `exists` is false without any record.

        A record that does not say what such a record says counts for nothing. Raises AuditUnavailable.
        """


class HealthEndpoint(Protocol):
    """The application's HTTP interface."""

    def get(self, url: str, *, deadline_seconds: float) -> HealthResponse:
        """One GET, whole, within the deadline; network trouble is part of the response."""


class Credentials(Protocol):
    """Where the login comes from."""

    def fetch(self) -> Login:
        """The current login. Raises AccessDenied when it cannot be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user and the password or token that proves it; never printed."""

    user: str
    password: str | None

    def __repr__(self) -> str:
        return f"Login(user={self.user!r}, password=…)"


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """The time in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed point."""

    def sleep(self, seconds: float) -> None: ...
