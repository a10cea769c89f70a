"""One run at a time, and the lock lives and dies with the session that executes."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.postgres.message import LOCK_CLASS, LOCK_OBJECT
from rdspatch.core.errors import AnotherRunActive
from rdspatch.core.run import Run
from rdspatch.engine.applier import ApplyPolicy
from rdspatch.engine.run_lock import open_locked_session
from tests.acceptance.target import FakeClock, new_run, noted, open_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from rdspatch.core.outcome import ApplyReport
    from tests.acceptance.target import Target

TAKE_RUN_LOCK = f"SELECT pg_advisory_lock({LOCK_CLASS}, {LOCK_OBJECT})"


def test_a_held_run_lock_is_refused_naming_who_holds_it(target: Target, connect: Callable[..., Any]) -> None:
    holder = connect("rdspatch:other-run")
    holder.run(TAKE_RUN_LOCK)
    [[pid]] = holder.run("SELECT pg_backend_pid()")
    target.patch("0001_a", "CREATE TABLE a ()")
    expected = f"pid {pid}, user postgres, application 'rdspatch:other-run'"
    with pytest.raises(AnotherRunActive, match=re.escape(expected)):
        target.apply(policy=ApplyPolicy(run_lock_patience=timedelta(seconds=1)))
    assert target.value("SELECT to_regclass('a') IS NULL") is True


def test_a_run_waits_as_long_as_its_patience_for_the_lock(target: Target, connect: Callable[..., Any]) -> None:
    connect().run(TAKE_RUN_LOCK)
    clock = FakeClock()
    with pytest.raises(AnotherRunActive):
        target.apply(clock=clock, policy=ApplyPolicy(run_lock_patience=timedelta(seconds=3)))
    assert sum(clock.sleeps) == 3


def test_a_run_goes_on_when_the_lock_becomes_free(target: Target, connect: Callable[..., Any]) -> None:
    holder = connect()
    holder.run(TAKE_RUN_LOCK)
    target.patch("0001_a", "CREATE TABLE a ()")
    clock = FakeClock(during_sleep=lambda number: holder.close() if number == 3 else None)
    assert target.results(target.apply(clock=clock)) == ["0001_a applied"]


def test_the_lock_dies_with_its_session(target: Target) -> None:
    database, clock = open_target(target.url), FakeClock()
    session = open_locked_session(database, new_run(), clock, patience=timedelta())
    session.close()
    open_locked_session(database, new_run(), SystemClock(), patience=timedelta(seconds=5)).close()


def test_a_run_says_its_id_to_other_sessions(target: Target) -> None:
    run = Run(id="nightly-7", started_at="2026-03-01T12:00:00Z")
    target.patch("0001_a", "CREATE TABLE seen AS SELECT current_setting('application_name') AS name")
    target.apply(run=run)
    assert target.value("SELECT name FROM seen") == "rdspatch:nightly-7"


def test_the_lock_of_one_database_is_not_that_of_another(target: Target, connect: Callable[..., Any]) -> None:
    holder = connect()
    holder.run(TAKE_RUN_LOCK)
    elsewhere = open_target(target.url.replace(f"/{target.value('SELECT current_database()')}?", "/postgres?"))
    open_locked_session(elsewhere, new_run(), FakeClock(), patience=timedelta()).close()


@pytest.mark.experiment("F12")
def test_four_runs_at_once_apply_each_patch_once(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE trace (id serial, what text)")
    for number in range(2, 12):
        target.patch(f"{number:04}_x", noted(str(number)))
    start = Barrier(4)

    def run_one(_number: int) -> ApplyReport:
        start.wait()
        return target.apply_once(database=open_target(target.url), clock=SystemClock())

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(run_one, range(4)))
    assert sorted(len(report.outcomes) for report in reports) == [0, 0, 0, 11]
    assert target.rows("SELECT what FROM trace ORDER BY id") == [[str(number)] for number in range(2, 12)]
    target.check_invariants()


def test_a_patch_that_another_run_recorded_first_counts_as_applied(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.database.before["apply_patch"] = lambda: _let_another_run_apply(target)
    assert target.results(target.apply()) == ["0001_a applied"]


def _let_another_run_apply(target: Target) -> None:
    """As a run would whose lock was lost: it commits the same patch between our plan and our message."""
    target.database.before.clear()
    [locked] = target.patches
    target.execute("CREATE TABLE a ()")
    target.admin.run(
        "INSERT INTO rdspatch.ledger (patch_id, checksum, run_id, run_started_at) "
        "VALUES ('0001_a', :checksum, 'other', '2026-03-01T12:00:00Z')",
        checksum=locked.patch.checksum,
    )
