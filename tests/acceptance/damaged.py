"""A database that has its patches, what happened to it since, and repairs of it."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.patch_files import read_patch_files
from rdspatch.adapters.postgres.quoting import identifier
from rdspatch.authoring.lock import lock
from rdspatch.authoring.proof import ScratchServer, prove
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import read, render
from rdspatch.core.work import Status, Work
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.repair import find_repair, repair
from rdspatch.engine.run_lock import open_locked_session
from tests.acceptance.target import new_run, open_target
from tests.patch_directory import PatchDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pg8000.native

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.core.drift import Drift
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockFile
    from rdspatch.core.outcome import Outcome
    from rdspatch.core.repair import RepairPlan
    from rdspatch.core.schema import Schema
    from rdspatch.engine.repair import RepairReport
    from rdspatch.ports import Clock, Database

_numbers = itertools.count(1)
FRESH = Work(status=Status.CONTINUE)
_COLUMNS = """
SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attnum) FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^pg_|^information_schema$'
GROUP BY 1, 2 ORDER BY 1, 2
"""


def proven(
    server: EmbeddedPostgres,
    directory: Path,
    baseline: str,
    patches: Mapping[str, str],
    *,
    owner_role: str | None = None,
) -> LockFile:
    """What the proof says of patches, as a function reads it; as an owner of its own making, or as `owner_role`."""
    files = PatchDirectory(directory)
    files.write("baseline.sql", baseline)
    for name, sql in patches.items():
        files.patch(name, f"{sql};", *(["transaction: none"] if "CONCURRENTLY" in sql else []))
    parsed = parse_directory(read_patch_files(files.path))
    as_role = "" if owner_role is None else f"&owner_role={owner_role}"
    scratch = ScratchServer(f"{server.url('postgres')}{as_role}")
    try:
        found = prove(parsed.baseline, lock(parsed.patches), scratch).lock
    finally:
        scratch.close()
    return read(render(found), parsed.patches)


@contextlib.contextmanager
def copy_of(server: EmbeddedPostgres, lock_file: LockFile, template: str) -> Iterator[Damaged]:
    """A database of its own for one test."""
    name = f"repair_{next(_numbers)}"
    server.create_database(name, template)
    try:
        with server.connect(name) as admin:
            # Some damage is the work of an owner that the application knows.
            yield Damaged(f"{server.url(name)}&trusted_roles=pg_monitor", admin, lock_file)
    finally:
        server.drop_database(name)


@contextlib.contextmanager
def patched(
    server: EmbeddedPostgres, lock_file: LockFile, baseline: str, *, afterwards: str = "SELECT 1", pending: int = 0
) -> Iterator[str]:
    """The name of a database to copy: baseline, all patches but the pending ones, and what the application did."""
    name = f"repair_{next(_numbers)}"
    server.create_database(name, "template0")
    with server.connect(name) as admin:
        admin.run(baseline)
        Damaged(server.url(name), admin, lock_file).apply(len(lock_file.patches) - pending)
        admin.run(afterwards)
    yield name
    server.drop_database(name)


@dataclass
class Damaged:
    """One database with everything that a test asks of it."""

    url: str
    admin: pg8000.native.Connection
    lock: LockFile
    clock: Clock = field(default_factory=SystemClock)
    outcomes: list[Outcome] = field(default_factory=list)
    """What was recorded, in order."""

    def run(self, sql: str) -> list[Any]:
        return list(self.admin.run(sql) or ())

    def apply(self, count: int) -> None:
        """Apply the first patches."""
        with self.applier() as applier:
            applier.read_or_create_ledger()
            for locked in self.lock.patches[:count]:
                applier.apply_one(locked, 0)

    @contextlib.contextmanager
    def applier(self, *, database: Database | None = None, **options: Any) -> Iterator[Applier]:
        opened, run = database or open_target(self.url), new_run()
        policy = options.get("policy") or ApplyPolicy()
        session = open_locked_session(opened, run, SystemClock(), patience=policy.run_lock_patience)
        clock = options.get("clock") or self.clock
        applier = Applier(
            database=opened,
            clock=clock,
            run=run,
            deadline=options.get("deadline") or Deadline(clock),
            policy=policy,
            session=session,
        )
        try:
            yield applier
        finally:
            applier.session.close()

    def plan(self, *, limit: int = 10) -> RepairPlan:
        with self.applier() as applier:
            return find_repair(self.lock, applier.session, limit=limit).plan

    def repair(self, *, limit: int = 10, before: Work = FRESH, **options: Any) -> RepairReport:
        """One call, as the patcher and the command line make it. Raises RepairRefused when it is refused at once."""
        with self.applier(**options) as applier:
            plan = find_repair(self.lock, applier.session, limit=limit).plan
            plan.require_no_refusal()
            return repair(plan, self.lock, applier=applier, before=before, record=self.outcomes.append)

    def drift(self) -> Drift:
        with self.applier() as applier:
            return find_repair(self.lock, applier.session, limit=1000).drift

    def schema(self) -> Schema:
        with self.applier() as applier:
            return applier.session.read_schema()

    def ledger(self) -> Ledger:
        with self.applier() as applier:
            return applier.session.read_ledger()

    def columns(self) -> dict[tuple[str, str], list[str]]:
        return {(schema, table): columns for schema, table, columns in self.run(_COLUMNS)}

    def rows(self, columns: Mapping[tuple[str, str], list[str]]) -> dict[tuple[str, str], list[Any]]:
        """Every row of these tables: where it is, who wrote it, and these columns."""
        found = {}
        for (schema, table), names in columns.items():
            listed = ", ".join(f"{identifier(name)}::text" for name in names)
            query = f"SELECT ctid::text, xmin::text, {listed} FROM ONLY {identifier(schema)}.{identifier(table)}"
            found[schema, table] = self.run(f"{query} ORDER BY ctid")
        return found
