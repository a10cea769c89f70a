"""Indexes built concurrently: what counts as built, what is built again, and what is never touched."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.postgres.message import LOCK_CLASS
from tests.acceptance.recording import die

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.target import Target

NONE = "transaction: none"
INVALIDATE = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a'::regclass"
VALID = "SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = 't_a'::regclass"
OID = "SELECT 't_a'::regclass::oid"
BUILD = "CREATE INDEX CONCURRENTLY t_a ON t (a)"
BUILDING = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'rdspatch:%' AND wait_event = 'virtualxid'"
POLLING = (
    "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'rdspatch:%' AND strpos(query, :lock) > 0 "
    "AND (state = 'idle' OR wait_event = 'advisory')"
)


def test_a_new_index_is_built_and_valid(table: Target) -> None:
    table.patch("0001_a", BUILD, NONE)
    assert table.results(table.apply()) == ["0001_a applied"]
    assert table.value(VALID) is True


@pytest.mark.parametrize("call", ["record_intent", "execute_alone", "index_facts", "record_done", "record_patch"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_call_is_recovered_by_running_again(table: Target, call: str, moment: str) -> None:
    table.patch("0001_a", BUILD, NONE)
    getattr(table.database, moment)[call] = die
    table.dies()
    table.apply()
    assert table.value(VALID) is True


@pytest.mark.experiment("F04")
def test_an_index_that_was_built_before_a_crash_is_not_built_again(table: Target) -> None:
    table.patch("0001_a", BUILD, NONE)
    table.database.before["record_done"] = die
    table.dies()
    built = table.value(OID)
    table.database.calls.clear()
    table.apply()
    assert (table.value(OID), "execute_alone" in table.database.names()) == (built, False)


@pytest.mark.experiment("F09")
def test_an_invalid_index_that_a_cancelled_attempt_left_is_built_again(
    table: Target, connect: Callable[..., Any], until: Callable[..., Any]
) -> None:
    table.patch("0001_a", BUILD, NONE)
    writer, watcher = connect("writer"), connect("watcher")
    writer.run("BEGIN; INSERT INTO t VALUES (0)")

    def cancel() -> None:
        [[pid]] = until(lambda: watcher.run(BUILDING))
        watcher.run("SELECT pg_cancel_backend(:pid)", pid=pid)

    thread = threading.Thread(target=cancel)
    thread.start()
    message = table.fails(clock=SystemClock())
    thread.join()
    assert "canceling statement due to user request (SQLSTATE 57014); its earlier statements stay" in message
    writer.run("COMMIT")
    assert table.value(VALID) is False
    left = table.value(OID)
    table.apply()
    assert table.value(VALID) is True
    assert table.value(OID) != left


def test_an_invalid_index_that_a_unique_violation_left_is_built_when_the_rows_are_right(table: Target) -> None:
    table.execute("INSERT INTO t VALUES (0, 1)")
    table.patch("0001_a", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a)", NONE)
    assert 'could not create unique index "t_a" (SQLSTATE 23505)' in table.fails()
    assert table.value(VALID) is False
    table.execute("DELETE FROM t WHERE id = 0")
    table.apply()
    assert table.value(VALID) is True


@pytest.mark.experiment("F30")
def test_an_invalid_index_of_the_same_definition_is_built_again_without_an_intent(table: Target) -> None:
    table.execute("CREATE INDEX t_a ON t (a)")
    table.execute(INVALIDATE)
    table.patch("0001_a", BUILD, NONE)
    table.apply()
    assert table.value(VALID) is True


@pytest.mark.experiment("F30")
def test_an_invalid_index_of_another_definition_and_no_intent_is_drift(table: Target) -> None:
    table.execute("CREATE INDEX t_a ON t (b)")
    table.execute(INVALIDATE)
    table.patch("0001_a", BUILD, NONE)
    assert "an invalid index, CREATE INDEX t_a ON public.t USING btree (b)" in table.fails()


@pytest.mark.experiment("F30")
def test_a_valid_index_of_another_definition_is_drift_and_stays(table: Target) -> None:
    table.execute("CREATE INDEX t_a ON t (b)")
    there = table.value(OID)
    table.patch("0001_a", "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a)", NONE)
    message = table.fails()
    assert message.startswith("Drifted: 0001_a.sql:3: t_a: an index of another definition has the name")
    assert "CREATE INDEX t_a ON public.t USING btree (b). Nothing valid was dropped" in message
    assert (table.value(OID), table.applied()) == (there, [])


def test_a_valid_index_of_another_definition_stays_also_after_an_intent(table: Target) -> None:
    table.patch("0001_a", BUILD, NONE)
    table.database.before["execute_alone"] = die
    table.dies()
    table.execute("CREATE INDEX t_a ON t (b)")
    assert table.fails().startswith("Drifted")
    assert table.value(VALID) is True


@pytest.mark.experiment("F30")
def test_a_table_under_the_name_of_the_index_is_drift_and_stays(table: Target) -> None:
    table.execute("CREATE TABLE t_a ()")
    table.patch("0001_a", "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a)", NONE)
    assert table.fails().startswith("Drifted: 0001_a.sql:3: t_a: the name is taken by r t_a")
    assert table.value("SELECT relkind::text FROM pg_class WHERE relname = 't_a'") == "r"


@pytest.mark.experiment("F30")
@pytest.mark.parametrize("sabotage", [INVALIDATE, "DROP INDEX t_a", "DROP INDEX t_a; CREATE INDEX t_a ON t (b)"])
def test_an_index_that_is_not_there_as_written_after_its_build_is_never_recorded(table: Target, sabotage: str) -> None:
    table.patch("0001_a", BUILD, NONE)
    table.database.after["execute_alone"] = lambda: table.execute(sabotage)
    assert "t_a: its post-condition does not hold afterwards" in table.fails()
    assert table.applied() == []


def test_rebuilding_never_drops_an_index_of_that_name_in_another_schema(table: Target) -> None:
    table.execute("CREATE SCHEMA later; CREATE TABLE later.u (a int); CREATE INDEX t_a ON t (a)")
    table.execute("CREATE INDEX t_a ON later.u (a)")
    table.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'later.t_a'::regclass")
    there = table.value(OID)
    table.patch("0001_a", "CREATE INDEX CONCURRENTLY t_a ON u (a)", NONE)
    table.apply(database=table.opened_with("search_path=public,later"))
    assert table.value(OID) == there
    assert table.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'later.t_a'::regclass") is True


def test_an_index_is_dropped_concurrently(table: Target) -> None:
    table.execute("CREATE INDEX t_a ON t (a)")
    table.patch("0001_a", "DROP INDEX CONCURRENTLY t_a", NONE)
    table.apply()
    assert table.value("SELECT to_regclass('t_a') IS NULL") is True


@pytest.mark.experiment("F04")
def test_a_drop_that_took_effect_before_a_crash_is_not_an_error(table: Target) -> None:
    table.execute("CREATE INDEX t_a ON t (a)")
    table.patch("0001_a", "DROP INDEX CONCURRENTLY t_a", NONE)
    table.database.after["execute_alone"] = die
    table.dies()
    assert table.results(table.apply()) == ["0001_a applied"]


def test_dropping_an_index_that_was_never_there_fails_every_time(table: Target) -> None:
    table.patch("0001_a", "DROP INDEX CONCURRENTLY t_a", NONE)
    for _ in range(2):
        assert 'index "t_a" does not exist (SQLSTATE 42704)' in table.fails()


def test_dropping_an_index_if_it_exists_is_done_when_there_is_none(table: Target) -> None:
    table.patch("0001_a", "DROP INDEX CONCURRENTLY IF EXISTS t_a", NONE)
    assert table.results(table.apply()) == ["0001_a applied"]


def test_dropping_what_is_no_index_is_drift(table: Target) -> None:
    table.patch("0001_a", "DROP INDEX CONCURRENTLY t", NONE)
    assert table.fails().startswith("Drifted")


@pytest.mark.experiment("F27")
def test_a_concurrent_build_waits_without_a_lock_timeout(table: Target) -> None:
    table.patch("0001_a", f"{BUILD}; CLUSTER t USING t_a; VACUUM (FULL) t; VACUUM t", NONE, "lock-timeout: 2s")
    table.apply()
    stays = [limits.lock_timeout is None for limits in table.database.limits_of("execute_alone")]
    assert stays == [True, False, False, True]


@pytest.mark.experiment("F28")
def test_a_build_that_loses_a_deadlock_is_tried_again(
    table: Target, connect: Callable[..., Any], until: Callable[..., Any]
) -> None:
    table.patch("0001_a", BUILD, NONE)
    writer, watcher = connect("writer"), connect("watcher")
    writer.run("SET deadlock_timeout = '20s'; BEGIN; INSERT INTO t VALUES (0)")

    def close_the_cycle() -> None:
        until(lambda: watcher.run(BUILDING))
        writer.run("LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE; COMMIT")

    thread = threading.Thread(target=close_the_cycle)
    thread.start()
    report = table.apply(clock=SystemClock())
    thread.join()
    assert [(outcome.result.value, outcome.lock_attempts) for outcome in report.outcomes] == [("applied", 1)]
    assert table.value(VALID) is True


@pytest.mark.experiment("F14")
def test_a_build_and_a_session_that_polls_the_run_lock_do_not_deadlock(
    table: Target, connect: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """A waiter inside PostgreSQL would hold a snapshot that the build waits for."""
    table.patch("0001_a", BUILD, NONE)
    table.patch("0002_b", "SELECT 1")
    writer, watcher = connect("writer"), connect("watcher")
    writer.run("BEGIN; INSERT INTO t VALUES (0)")
    first = threading.Thread(target=lambda: table.apply_once(clock=SystemClock()))
    first.start()
    until(lambda: watcher.run(BUILDING))
    second = threading.Thread(target=lambda: table.apply_once(database=table.opened_with(), clock=SystemClock()))
    second.start()
    until(lambda: watcher.run(POLLING, lock=str(LOCK_CLASS)))
    writer.run("COMMIT")
    first.join(15)
    second.join(15)
    table.check_invariants()
    assert table.value(VALID) is True
