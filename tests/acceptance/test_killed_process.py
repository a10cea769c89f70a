"""A process that is killed in the middle of a statement: the server notices, and running again is the recovery."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.target import Target

ROOT = Path(__file__).parents[2]
OURS = "FROM pg_stat_activity WHERE application_name LIKE 'rdspatch:%' AND datname = current_database()"


@pytest.fixture
def killed(target: Target, until: Callable[..., Any]) -> Iterator[Callable[[str], None]]:
    """Starts a process that applies, kills it when its session is seen waiting for something, and collects it."""
    started: list[subprocess.Popen[bytes]] = []

    def apply_and_kill(wait_event: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.apply_child", target.url, str(target.directory)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": "lambdas:."},
        )
        started.append(process)
        until(lambda: target.rows(f"SELECT 1 {OURS} AND wait_event = '{wait_event}'"))
        process.kill()
        process.wait()

    yield apply_and_kill
    for process in started:
        process.kill()
        process.wait()


def gone(target: Target) -> bool:
    return target.rows(f"SELECT 1 {OURS}") == []


@pytest.mark.experiment("F03")
def test_a_killed_transaction_leaves_nothing_and_the_next_run_applies(
    target: Target, killed: Callable[[str], None], until: Callable[..., Any]
) -> None:
    target.execute("CREATE TABLE speed AS SELECT 600 AS seconds")
    target.patch("0001_a", "CREATE TABLE a (); SELECT pg_sleep(seconds) FROM speed", "statement-timeout: 10min")
    killed("PgSleep")
    until(lambda: gone(target))
    assert (target.applied(), target.value("SELECT to_regclass('a') IS NULL")) == ([], True)
    target.execute("UPDATE speed SET seconds = 0")
    assert target.results(target.apply()) == ["0001_a applied"]


@pytest.mark.experiment("F03")
def test_a_killed_concurrent_build_is_not_taken_for_a_built_index(
    target: Target, killed: Callable[[str], None], until: Callable[..., Any], connect: Callable[..., Any]
) -> None:
    target.execute("CREATE TABLE t (a int)")
    writer = connect("writer")
    writer.run("BEGIN; INSERT INTO t VALUES (1)")
    target.patch("0001_a", "CREATE INDEX CONCURRENTLY t_a ON t (a)", "transaction: none")
    killed("virtualxid")
    until(lambda: gone(target))
    writer.run("COMMIT")
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass"
    assert (target.value(valid), target.applied()) == (False, [])
    assert target.results(target.apply()) == ["0001_a applied"]
    assert target.value(valid) is True


@pytest.mark.experiment("F13")
def test_a_run_that_starts_while_a_killed_one_still_executes_waits_for_its_end(
    target: Target, killed: Callable[[str], None]
) -> None:
    target.execute("CREATE TABLE calls (at timestamptz); CREATE TABLE speed AS SELECT 600 AS seconds")
    sql = "INSERT INTO calls VALUES (now()); SELECT pg_sleep(seconds) FROM speed"
    target.patch("0001_a", sql, "statement-timeout: 10min")
    killed("PgSleep")
    target.execute("UPDATE speed SET seconds = 0")
    assert target.results(target.apply(clock=SystemClock())) == ["0001_a applied"]
    assert target.value("SELECT count(*) FROM calls") == 1
