"""The vocabulary of these tests: a database, the patches for it, and what must hold after every run."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.patch_files import read_patch_files
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.adapters.postgres.channel import MOST_FOR_OURS
from rdspatch.authoring.lock import lock
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import LockFile, read, render
from rdspatch.core.outcome import Result
from rdspatch.core.plan import OutOfOrder, make_plan
from rdspatch.core.run import Run
from rdspatch.core.work import Status, Work
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.apply import apply as apply_pending
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.inspect import read_ledger
from rdspatch.engine.lock_waits import WaitPolicy
from rdspatch.engine.run_lock import open_locked_session
from rdspatch.engine.verify import verify
from tests.acceptance.recording import Died, RecordingDatabase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pg8000.native

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.outcome import ApplyReport
    from rdspatch.core.plan import Plan
    from rdspatch.core.waits import LockWait
    from rdspatch.ports import Clock, Database

_runs = itertools.count(1)
PASSWORD = "correct horse"
MOST_REAL_SECONDS = 0.025
FRESH = Work(status=Status.CONTINUE)


def new_run() -> Run:
    return Run(id=f"run-{next(_runs)}", started_at="2026-03-01T12:00:00Z")


def waits_policy(
    *waits: LockWait,
    longest_sleep_here: timedelta | None = timedelta(seconds=2),
    jitter: float = 0.999,
) -> ApplyPolicy:
    """A policy with a table of waits of its own."""
    return ApplyPolicy(waits=WaitPolicy(waits=waits, longest_sleep_here=longest_sleep_here, jitter=lambda: jitter))


@dataclass
class FakeClock:
    """Time that passes only in `sleep`, where a test can also let something happen.

    A little real time passes there as well: a session that was closed keeps its run lock until its server process
    has ended.
    """

    during_sleep: Callable[[int], None] = lambda _number: None
    time: float = 1_000.0
    sleeps: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time, tz=UTC)

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds
        time.sleep(min(seconds, MOST_REAL_SECONDS))
        self.during_sleep(len(self.sleeps))


def noted(what: str) -> str:
    """A statement that leaves one row in the table `trace`: what was executed, and in which order."""
    return "INSERT INTO trace (what) VALUES ('?')".replace("?", what)


def open_target(url: str, *, most_for_ours: timedelta = MOST_FOR_OURS) -> PostgresDatabase:
    """The database behind a URL, as the command line opens it but for the patience with answers."""
    parsed = parse_database_url(url)
    credentials = GivenCredentials(parsed.user, parsed.password)
    return PostgresDatabase(parsed.settings, credentials, most_for_ours=most_for_ours)


def locked_patches(directory: Path) -> tuple[LockedPatch, ...]:
    """Files, parsed, locked, and through the lock file's text, as they reach a function."""
    patches = parse_directory(read_patch_files(directory)).patches
    return read(render(LockFile(patches=lock(patches))), patches).patches


class Target:
    """A database with its patch directory."""

    def __init__(self, url: str, directory: Path, admin: pg8000.native.Connection) -> None:
        self.url = url
        self.directory = directory
        self.admin = admin
        self.clock: Clock = FakeClock()
        self.database = RecordingDatabase(open_target(url))
        self.is_newer_than_files = False
        (directory / "baseline.sql").write_text("-- nothing before the first patch\n")

    def patch(self, name: str, sql: str, *directives: str) -> None:
        """Write `name`.sql; the header takes the first lines, so the SQL starts on line 2 + the directives."""
        header = "".join(f"-- {line}\n" for line in ("patch: A test.", *directives))
        (self.directory / f"{name}.sql").write_text(header + sql + "\n")

    def remove(self, name: str) -> None:
        (self.directory / f"{name}.sql").unlink()
        self.is_newer_than_files = True

    def url_of(self, user: str, password: str = PASSWORD) -> str:
        """The database's URL with another login."""
        return self.url.replace("postgres@", f"{user}:{quote(password)}@")

    def opened_with(self, *parameters: str) -> PostgresDatabase:
        """The same database with more parameters in its URL."""
        return open_target("&".join((self.url, *parameters)))

    @property
    def patches(self) -> tuple[LockedPatch, ...]:
        return locked_patches(self.directory)

    def rows(self, sql: str) -> list[Any]:
        return list(self.admin.run(sql) or ())

    def value(self, sql: str) -> Any:
        [[value]] = self.rows(sql)
        return value

    def execute(self, sql: str) -> None:
        self.admin.run(sql)

    def ledger(self) -> Ledger:
        return read_ledger(open_target(self.url), new_run())

    def applied(self) -> list[str]:
        return [row.patch_id for row in self.ledger().applied]

    def plan(self, *, out_of_order: OutOfOrder = OutOfOrder.REFUSED) -> Plan:
        return make_plan(self.patches, self.ledger(), out_of_order=out_of_order)

    def verify(self) -> tuple[str, ...]:
        return verify(
            LockFile(patches=self.patches), database=self.database, run=new_run(), deadline=Deadline(self.clock)
        )

    def apply(self, **options: Any) -> ApplyReport:
        """One call of apply, which must not fail, then what must hold after it. See `apply_once` for the options."""
        report = self.apply_once(**options)
        assert report.failure is None
        if report.work.status is Status.DONE:
            self.check_invariants()
        return report

    def dies(self) -> None:
        """Apply with `die` at one of the recorded calls; the next call of apply is undisturbed."""
        with pytest.raises(Died):
            self.apply()
        self.database.before.clear()
        self.database.after.clear()

    def apply_once(
        self,
        *,
        patches: tuple[LockedPatch, ...] | None = None,
        database: Database | None = None,
        clock: Clock | None = None,
        deadline: Deadline | None = None,
        policy: ApplyPolicy | None = None,
        out_of_order: OutOfOrder = OutOfOrder.REFUSED,
        before: Work = FRESH,
        run: Run | None = None,
    ) -> ApplyReport:
        """One call of apply as the patcher makes it."""
        database, clock, run, policy = (
            database or self.database,
            clock or self.clock,
            run or new_run(),
            policy or ApplyPolicy(),
        )
        session = open_locked_session(database, run, clock, patience=policy.run_lock_patience)
        applier = Applier(
            database=database,
            clock=clock,
            run=run,
            deadline=deadline or Deadline(clock),
            policy=policy,
            session=session,
        )
        try:
            return apply_pending(
                self.patches if patches is None else patches,
                applier=applier,
                ledger=applier.read_or_create_ledger(),
                out_of_order=out_of_order,
                before=before,
            )
        finally:
            applier.session.close()

    def check_invariants(self) -> None:
        """After success: nothing is pending, again changes nothing, the ledger is the patches, no trace is left."""
        ledger, patches = self.ledger(), self.patches
        plan = make_plan(patches, ledger, out_of_order=OutOfOrder.REFUSED)
        assert (plan.pending, plan.refused) == ((), ())
        again = self.apply_once(database=open_target(self.url))
        assert (list(again.outcomes), again.failure, again.work.pending) == ([], None, 0)
        assert self.ledger() == ledger
        recorded = {(row.patch_id, row.checksum) for row in ledger.applied}
        wanted = {(locked.patch.name, locked.patch.checksum) for locked in patches}
        assert wanted <= recorded if self.is_newer_than_files else wanted == recorded
        assert self.rows("SELECT * FROM rdspatch.progress") == []

    def results(self, report: ApplyReport) -> list[str]:
        return [f"{outcome.patch_id} {outcome.result.value}" for outcome in report.outcomes]

    def fails(self, **options: Any) -> str:
        """Apply, which must fail at a patch; the failure's name and message."""
        report = self.apply_once(**options)
        assert report.failure is not None
        assert [outcome for outcome in report.outcomes if outcome.result is Result.FAILED]
        return f"{type(report.failure).__name__}: {report.failure}"
