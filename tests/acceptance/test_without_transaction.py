"""Patches with `transaction: none`, apart from indexes: partitions, VACUUM, and ordinary statements among them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.clock import SystemClock
from tests.acceptance.recording import die
from tests.acceptance.target import FakeClock, noted, waits_policy
from tests.acceptance.test_lock_waits import SHORT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.target import Target

NONE = "transaction: none"
DETACH = "ALTER TABLE p DETACH PARTITION c CONCURRENTLY"
ATTACHED = "SELECT relispartition FROM pg_class WHERE relname = 'c'"


@pytest.fixture
def partitioned(target: Target) -> Target:
    target.execute("CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE c PARTITION OF p FOR VALUES IN (1)")
    return target


@pytest.fixture
def trace(target: Target) -> Callable[[], list[str]]:
    target.execute("CREATE TABLE trace (id serial, what text)")
    return lambda: [what for (what,) in target.rows("SELECT what FROM trace ORDER BY id")]


def test_a_partition_is_detached(partitioned: Target) -> None:
    partitioned.patch("0001_a", DETACH, NONE)
    partitioned.apply()
    assert partitioned.value(ATTACHED) is False


@pytest.mark.experiment("F04")
def test_a_partition_is_found_by_the_search_path_of_the_patches(target: Target) -> None:
    target.execute("CREATE SCHEMA app; CREATE TABLE app.p (id int) PARTITION BY LIST (id)")
    target.execute("CREATE TABLE app.c PARTITION OF app.p FOR VALUES IN (1)")
    target.database.database = target.opened_with("search_path=app")
    target.patch("0001_a", DETACH, NONE)
    target.database.after["execute_alone"] = die
    target.dies()
    target.apply()
    assert target.value(ATTACHED) is False


@pytest.mark.experiment("F04")
def test_a_detach_that_took_effect_before_a_crash_is_not_an_error(partitioned: Target) -> None:
    partitioned.patch("0001_a", DETACH, NONE)
    partitioned.database.after["execute_alone"] = die
    partitioned.dies()
    assert partitioned.results(partitioned.apply()) == ["0001_a applied"]


def test_detaching_what_was_never_attached_fails_every_time(partitioned: Target) -> None:
    partitioned.execute("CREATE TABLE other (id int)")
    partitioned.patch("0001_a", "ALTER TABLE p DETACH PARTITION other CONCURRENTLY", NONE)
    for _ in range(2):
        assert 'relation "other" is not a partition of relation "p"' in partitioned.fails()


def test_a_detach_that_was_interrupted_is_finished(
    partitioned: Target, connect: Callable[..., Any], until: Callable[..., Any]
) -> None:
    partitioned.patch("0001_a", DETACH, NONE)
    reader, watcher = connect("reader"), connect("watcher")
    reader.run("BEGIN")
    reader.run("SELECT * FROM p")
    pending = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending"
    cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rdspatch:%'"

    def interrupt() -> None:
        until(lambda: watcher.run(pending) == [[1]])
        watcher.run(cancel)

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert "57014" in partitioned.fails(clock=SystemClock())
    thread.join()
    reader.run("COMMIT")
    assert partitioned.rows(pending) == [[1]]
    partitioned.apply()
    assert "finish_detach" in partitioned.database.names()
    assert (partitioned.value(ATTACHED), partitioned.rows(pending)) == (False, [[0]])


@pytest.mark.parametrize("statement", ["VACUUM", "VACUUM (ANALYZE) t", "REINDEX TABLE CONCURRENTLY t", "CLUSTER"])
def test_a_repeatable_statement_runs_and_is_recorded(target: Target, statement: str) -> None:
    target.execute("CREATE TABLE t (id int PRIMARY KEY)")
    target.patch("0001_a", statement, NONE)
    assert target.results(target.apply()) == ["0001_a applied"]


def test_a_repeatable_statement_that_waits_for_a_lock_is_tried_again(
    target: Target, connect: Callable[..., Any]
) -> None:
    target.execute("CREATE TABLE t (id int PRIMARY KEY)")
    reader = connect("reader")
    reader.run("BEGIN")
    reader.run("SELECT * FROM t")
    target.patch("0001_a", "VACUUM (FULL) t", NONE)
    clock = FakeClock(during_sleep=lambda number: reader.run("COMMIT") if number == 2 else None)
    report = target.apply(clock=clock, policy=waits_policy(*SHORT))
    assert [outcome.lock_attempts for outcome in report.outcomes] == [2]


@pytest.mark.experiment("F04")
@pytest.mark.parametrize("call", ["apply_statement", "execute_alone", "record_intent", "record_done", "record_patch"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_ordinary_statements_among_others_take_effect_once_whatever_crashes(
    target: Target, trace: Callable[[], list[str]], call: str, moment: str
) -> None:
    one, two = noted("a"), noted("b")
    target.patch("0001_a", f"{one};\nVACUUM;\n{two}; -- a comment ends the file", NONE)
    getattr(target.database, moment)[call] = die
    target.dies()
    target.apply()
    assert trace() == ["a", "b"]


def test_the_statements_before_a_failed_one_stay_and_are_not_repeated(
    target: Target, trace: Callable[[], list[str]]
) -> None:
    target.patch("0001_a", "INSERT INTO trace (what) VALUES ('a');\nINSERT INTO missing VALUES (1)", NONE)
    target.patch("0002_b", noted("b"))
    assert "its earlier statements stay; the next run goes on at this one" in target.fails()
    assert trace() == ["a"]
    target.execute("CREATE TABLE missing (id int)")
    target.apply()
    assert (trace(), target.value("SELECT count(*) FROM missing")) == (["a", "b"], 1)


def test_the_ledger_row_of_such_a_patch_comes_last(target: Target, trace: Callable[[], list[str]]) -> None:
    target.patch("0001_a", "INSERT INTO trace (what) SELECT count(*)::text FROM rdspatch.ledger", NONE)
    target.apply()
    assert (trace(), target.applied()) == (["0"], ["0001_a"])


def test_a_patch_that_cannot_be_recorded_says_so(target: Target, connect: Callable[..., Any]) -> None:
    target.apply()
    connect("backup").run("BEGIN; LOCK TABLE rdspatch.progress IN EXCLUSIVE MODE")
    target.patch("0001_a", "VACUUM", NONE)
    message = target.fails()
    assert message.startswith("LedgerUnusable: 0001_a.sql: it cannot be recorded")
    assert "lock timeout" in message
