"""The deadline of an invocation, and how many messages a thousand patches take."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.work import Status
from rdspatch.engine.deadline import MARGIN, Deadline
from rdspatch.engine.inspect import read_ledger
from tests.acceptance.target import FakeClock, new_run, open_target

if TYPE_CHECKING:
    from tests.acceptance.proxy import Proxy
    from tests.acceptance.target import Target

THOUSAND = 1_000


def left(clock: FakeClock, seconds: float) -> Deadline:
    """A deadline that leaves this many seconds before the margin begins."""
    return Deadline.after(clock, seconds + MARGIN.total_seconds())


def test_with_little_time_left_the_first_patch_is_applied_and_the_rest_is_for_the_next_call(target: Target) -> None:
    for name in ("0001_a", "0002_b", "0003_c"):
        target.patch(name, f"CREATE TABLE t{name} ()")
    clock, run = FakeClock(), new_run()
    first = target.apply(clock=clock, deadline=left(clock, 30), run=run)
    assert target.results(first) == ["0001_a applied"]
    assert (first.work.status, first.work.applied, first.work.pending) == (Status.CONTINUE, 1, 2)
    last = target.apply(run=run, before=first.work)
    assert target.results(last) == ["0002_b applied", "0003_c applied"]
    assert (last.work.status, last.work.applied, last.work.pending) == (Status.DONE, 3, 0)


def test_a_patch_starts_only_when_its_own_statement_timeout_fits(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.patch("0002_b", "CREATE TABLE b ()", "statement-timeout: 30s")
    target.patch("0003_c", "CREATE TABLE c ()", "statement-timeout: 31s")
    clock = FakeClock()
    report = target.apply(clock=clock, deadline=left(clock, 30))
    assert target.results(report) == ["0001_a applied", "0002_b applied"]


def test_a_build_that_may_take_long_is_not_started_with_little_time_left(target: Target) -> None:
    target.execute("CREATE TABLE t (a int)")
    target.patch("0001_a", "CREATE TABLE a ()")
    target.patch("0002_b", "CREATE INDEX CONCURRENTLY t_a ON t (a)", "transaction: none")
    clock = FakeClock()
    assert target.results(target.apply(clock=clock, deadline=left(clock, 100))) == ["0001_a applied"]
    assert target.results(target.apply(clock=clock, deadline=left(clock, 840))) == ["0002_b applied"]


def test_each_call_does_one_statement_of_a_long_patch_however_little_time_it_has(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a (); CREATE TABLE b (); VACUUM", "transaction: none")
    clock, run, counts = FakeClock(), new_run(), []
    for _ in range(3):
        report = target.apply(clock=clock, deadline=left(clock, 5), run=run)
        tables = target.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        counts.append((report.work.status, report.work.pending, tables))
    assert counts == [(Status.CONTINUE, 1, 1), (Status.CONTINUE, 1, 2), (Status.DONE, 0, 2)]


def test_the_server_stops_a_statement_before_the_deadline(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE seen AS SELECT current_setting('statement_timeout') AS timeout")
    clock = FakeClock()
    target.apply(clock=clock, deadline=left(clock, 20))
    assert target.value("SELECT timeout FROM seen") == "20s"


@pytest.mark.parametrize("seconds", [0, -60])
def test_past_the_deadline_a_statement_gets_one_second(target: Target, seconds: float) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    clock = FakeClock()
    target.apply(clock=clock, deadline=left(clock, seconds))
    assert {limits.statement_timeout for limits in target.database.limits_of("apply_patch")} == {timedelta(seconds=1)}


def test_a_thousand_patches_are_a_thousand_messages_and_planning_them_is_one(target: Target, proxy: Proxy) -> None:
    for number in range(1, THOUSAND + 1):
        target.patch(f"{number:04}_x", f"COMMENT ON SCHEMA public IS '{number}'")
    database = open_target(proxy.url(str(target.value("SELECT current_database()"))))
    patches = target.patches
    database.connect(new_run()).close()
    to_connect = len(proxy.queries)

    proxy.queries.clear()
    report = target.apply_once(database=database, patches=patches)
    assert report.work.applied == THOUSAND
    assert sum("INSERT INTO rdspatch.ledger" in query for query in proxy.queries) == THOUSAND
    assert len(proxy.queries) <= THOUSAND + to_connect + 6

    proxy.queries.clear()
    assert len(read_ledger(database, new_run()).applied) == THOUSAND
    assert len(proxy.queries) == to_connect + 1
    assert target.value("SELECT obj_description('public'::regnamespace)") == "1000"
