"""A fake of the database and its sessions."""

# ruff: noqa: ARG002 - a fake takes what its port takes

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rdspatch import ports
from rdspatch.core.answer import BOOLEAN, Answer
from rdspatch.core.catalog import IndexFacts, PartitionFacts
from rdspatch.core.failure import FailureKind, OutcomeUnknown, SqlFailed, SqlFailure
from rdspatch.core.ledger import AppliedPatch, Ledger
from rdspatch.core.progress import Mark, Progress
from rdspatch.core.schema import ObjectName, Schema
from rdspatch.core.scope import Scope
from rdspatch.core.sessions import Blocker, Holder, ServerFacts
from rdspatch.core.statement import StatementKind
from rdspatch.core.wording import TEXTS
from rdspatch.testing.surroundings import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import timedelta

    from rdspatch.core.errors import RdspatchError
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.models import MappedModel
    from rdspatch.core.run import Run
    from rdspatch.core.schema import Properties
    from rdspatch.core.statement import RelationName, Statement
    from rdspatch.core.strangers.in_the_way import Obstacle, Path
    from rdspatch.core.strangers.shadowing import Shadow
    from rdspatch.core.table_size import TableSize

_FACTS = ServerFacts(version=150_000, in_recovery=False, user="fake", can_create_ledger=True)
_NO_LEDGER = Ledger(exists=False)
_EMPTY = Schema({})


@dataclass(slots=True)
class FakeDatabase(ports.Database):
    """A database that keeps a ledger and runs no SQL: what a patch does to a schema is not simulated.

    A patch fails by `failures`; everything else that is sent succeeds. CREATE INDEX CONCURRENTLY leaves a valid index
    of its name, and no table is ever a partition.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    facts: ServerFacts = _FACTS
    refuses: RdspatchError | None = None
    """Raised by `connect`."""
    failures: dict[str, list[SqlFailed | OutcomeUnknown]] = field(default_factory=dict)
    """By patch: raised in turn when it is sent, before it has any effect."""
    untrue: frozenset[str] = frozenset()
    """Queries that do not return true."""
    unselectable: dict[str, SqlFailed] = field(default_factory=dict)
    """By table: raised when a model of it is selected."""
    lock_holders: tuple[Blocker, ...] = ()
    """What `blockers` answers."""
    sizes: dict[str, TableSize] = field(default_factory=dict)
    """What `table_sizes` answers."""
    shadows: tuple[Shadow, ...] = ()
    """What the sessions' `shadows` answers."""
    schema: Schema = _EMPTY
    """What `read_schema` answers; patches do not change it."""
    obstacles: tuple[Obstacle, ...] = ()
    """What the sessions' `obstacles` answers."""
    printed: dict[str, str] = field(default_factory=dict)
    """What `read_again` answers for a text; every other one stays as it is."""
    indexes: dict[str, IndexFacts] = field(default_factory=dict)
    ledger: Ledger = _NO_LEDGER
    progress: dict[str, dict[int, Mark]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    """The SQL of patches that took effect, in order."""
    sessions: list[FakeSession] = field(default_factory=list)
    run_lock: FakeSession | None = None

    def until(self, left: Callable[[], timedelta]) -> FakeDatabase:
        return self

    def connect(self, run: Run) -> FakeSession:
        if self.refuses is not None:
            raise self.refuses
        session = FakeSession(self, run, pid=len(self.sessions) + 1)
        self.sessions.append(session)
        return session


@dataclass(slots=True, eq=False)
class FakeSession(ports.Session):
    """One connection to a `FakeDatabase`."""

    database: FakeDatabase
    run: Run
    pid: int
    broken: bool = False
    """True lets every method raise OutcomeUnknown; so does `close`."""

    def server_version(self) -> int:
        return self.database.facts.version

    def server_facts(self) -> ServerFacts:
        self._use()
        return self.database.facts

    def try_run_lock(self) -> Holder | None:
        self._use()
        holder = self._other_holder()
        if holder is None:
            self.database.run_lock = self
            return None
        application = f"rdspatch:{holder.run.id}"
        return Holder(pid=holder.pid, user="fake", application=application, query_age_seconds=0.0)

    def read_ledger(self) -> Ledger:
        self._use()
        return self.database.ledger

    def create_ledger(self) -> None:
        self._use()
        self.database.ledger = Ledger(self.database.ledger.applied)

    def apply_patch(self, locked: LockedPatch, *, run: Run, limits: ports.Limits) -> None:
        self._fence(locked)
        self._require_unrecorded(locked)
        self.database.sent.append(locked.patch.sql)
        self._add_row(locked, run)

    def apply_statement(self, locked: LockedPatch, number: int, *, run: Run, limits: ports.Limits) -> None:
        self._fence(locked)
        self.database.sent.append(locked.text_of(locked.statements[number]))
        self._mark(locked, number, Mark.DONE)

    def replay_patch(self, locked: LockedPatch, *, heals: Collection[ObjectName], limits: ports.Limits) -> None:
        self._fence(locked)
        self.database.sent.append(locked.patch.sql)

    def replay_statement(
        self, locked: LockedPatch, number: int, *, heals: Collection[ObjectName], limits: ports.Limits
    ) -> None:
        self._fence(locked)
        self.database.sent.append(locked.text_of(locked.statements[number]))

    def execute_alone(self, locked: LockedPatch, number: int, *, limits: ports.Limits) -> None:
        self._fence(locked)
        statement = locked.statements[number]
        self.database.sent.append(locked.text_of(statement))
        if statement.kind is StatementKind.CREATE_INDEX and statement.object is not None:
            built = IndexFacts(exists=True, is_index=True, is_valid=True, same_definition=True, found="an index")
            self.database.indexes[statement.object.name] = built
        elif statement.kind is StatementKind.DROP_INDEX and statement.object is not None:
            self.database.indexes.pop(statement.object.name, None)

    def read_progress(self, locked: LockedPatch) -> Progress:
        self._use()
        return Progress(dict(self.database.progress.get(locked.patch.name, {})))

    def record_intent(self, locked: LockedPatch, number: int, *, run: Run) -> None:
        self._fence()
        self._mark(locked, number, Mark.INTENT)

    def record_done(self, locked: LockedPatch, number: int, *, run: Run) -> None:
        self._fence()
        self._mark(locked, number, Mark.DONE)

    def record_patch(self, locked: LockedPatch, *, run: Run, before: Sequence[str] = ()) -> None:
        self._fence()
        self._require_unrecorded(locked)
        self.database.progress.pop(locked.patch.name, None)
        self._add_row(locked, run)
        rows = {row.patch_id: row for row in self.database.ledger.applied}
        moved = [rows.pop(name) for name in before if name in rows]
        self.database.ledger = Ledger((*rows.values(), *moved))

    def index_facts(self, statement: Statement) -> IndexFacts:
        self._use()
        name = statement.object.name if statement.object is not None else ""
        return self.database.indexes.get(name, IndexFacts(exists=False))

    def drop_index(self, statement: Statement, *, limits: ports.Limits) -> None:
        self._fence()
        if statement.object is not None:
            self.database.indexes.pop(statement.object.name, None)

    def partition_facts(self, statement: Statement) -> PartitionFacts:
        self._use()
        return PartitionFacts(attached=False)

    def finish_detach(self, statement: Statement, *, limits: ports.Limits) -> None:
        self._fence()

    def read_schema(self, schemas: Sequence[str] = ()) -> Schema:
        self._use()
        return Scope(schemas=tuple(schemas)).of(self.database.schema)

    def shadows(self) -> tuple[Shadow, ...]:
        self._use()
        return self.database.shadows

    def obstacles(self, paths: Sequence[Path]) -> tuple[Obstacle, ...]:
        self._use()
        return self.database.obstacles

    def read_again(self, items: Sequence[tuple[ObjectName, Properties]]) -> tuple[Properties | None, ...]:
        self._use()
        printed = self.database.printed
        return tuple(
            {
                item: printed.get(text, text) if isinstance(text, str) else text
                for item, text in properties.items()
                if item in TEXTS.get(name.kind, ())
            }
            for name, properties in items
        )

    def answers(self, queries: Sequence[str], *, limits: ports.Limits) -> tuple[Answer | SqlFailure, ...]:
        self._use()
        untrue = self.database.untrue
        return tuple(Answer(types=(BOOLEAN,), rows=1, value="f" if query in untrue else "t") for query in queries)

    def select_nothing(self, models: Sequence[MappedModel], *, limits: ports.Limits) -> None:
        self._use()
        for model in models:
            if model.table.name in self.database.unselectable:
                raise self.database.unselectable[model.table.name]

    def blockers(self, relations: Sequence[RelationName]) -> tuple[Blocker, ...]:
        self._use()
        return self.database.lock_holders

    def table_sizes(self, names: Collection[str]) -> dict[str, TableSize]:
        self._use()
        return {name: size for name, size in self.database.sizes.items() if name in names}

    def mark_audited(self, patch_ids: Sequence[str]) -> None:
        self._fence()
        rows = (replace(row, audited=row.audited or row.patch_id in patch_ids) for row in self.database.ledger.applied)
        self.database.ledger = Ledger(tuple(rows))

    def close(self) -> None:
        self.broken = True

    def _use(self) -> None:
        if self.broken:
            raise OutcomeUnknown("this fake's connection is gone")

    def _other_holder(self) -> FakeSession | None:
        holder = self.database.run_lock
        return None if holder is None or holder is self or holder.broken else holder

    def _fence(self, locked: LockedPatch | None = None) -> None:
        """What is checked before anything is changed: the connection, the run lock, then the given failures."""
        self._use()
        if self._other_holder() is not None:
            raise _failed(FailureKind.RUN_LOCK_LOST, "RP001", "the run lock is held by another session")
        failures = self.database.failures.get(locked.patch.name) if locked is not None else None
        if failures:
            raise failures.pop(0)

    def _require_unrecorded(self, locked: LockedPatch) -> None:
        if self.database.ledger.find(locked.patch.name) is not None:
            raise _failed(FailureKind.ALREADY_RECORDED, "23505", "the patch is in the ledger")

    def _mark(self, locked: LockedPatch, number: int, mark: Mark) -> None:
        self.database.progress.setdefault(locked.patch.name, {})[number] = mark

    def _add_row(self, locked: LockedPatch, run: Run) -> None:
        row = AppliedPatch(
            patch_id=locked.patch.name,
            checksum=locked.patch.checksum,
            run_id=run.id,
            run_started_at=run.started_at,
            applied_at=self.database.clock.now(),
            applied_by=self.database.facts.user,
            audited=False,
        )
        self.database.ledger = Ledger((*self.database.ledger.applied, row))


def _failed(kind: FailureKind, sqlstate: str, message: str) -> SqlFailed:
    return SqlFailed(SqlFailure(kind=kind, sqlstate=sqlstate, message=message))
