"""Lock waits: short stays in the queue, pauses in between, never an attempt without a limit."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres.connection import SESSION_SETTINGS
from rdspatch.core.duration import parse_duration
from rdspatch.core.waits import DEFAULT_WAITS, LockWait
from rdspatch.core.work import Status, Work
from rdspatch.engine.applier import ApplyPolicy
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.lock_waits import WaitPolicy
from tests.acceptance.target import FakeClock, open_target, waits_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.acceptance.target import Target


def ms(number: float) -> timedelta:
    return timedelta(milliseconds=number)


SHORT = (LockWait(ms(5), ms(10)), LockWait(ms(10), ms(20)), LockWait(ms(20), ms(40)), LockWait(ms(40), ms(0)))
ADD_COLUMN = "ALTER TABLE t ADD COLUMN a int"


@pytest.fixture
def reader(target: Target, connect: Callable[..., Any]) -> Any:
    """A session in the middle of a long transaction that has read `t`."""
    target.execute("CREATE TABLE t (id int)")
    session = connect("slow report")
    session.run("BEGIN")
    session.run("SELECT * FROM t")
    return session


@pytest.mark.usefixtures("reader")
def test_stays_in_the_queue_escalate_as_in_the_table(target: Target) -> None:
    target.patch("0001_a", ADD_COLUMN)
    target.fails(policy=waits_policy(*SHORT))
    assert [limits.lock_timeout for limits in target.database.limits_of("apply_patch")] == [
        ms(5),
        ms(10),
        ms(20),
        ms(40),
    ]


@pytest.mark.usefixtures("reader")
def test_no_stay_is_longer_than_the_patchs_lock_timeout(target: Target) -> None:
    target.patch("0001_a", ADD_COLUMN, "lock-timeout: 15ms")
    policy = ApplyPolicy(waits=WaitPolicy(waits=DEFAULT_WAITS, longest_sleep_here=None))
    target.fails(policy=policy)
    stays = [limits.lock_timeout for limits in target.database.limits_of("apply_patch")]
    assert stays == [ms(15)] * len(DEFAULT_WAITS)


@pytest.mark.usefixtures("reader")
def test_the_server_is_given_the_lock_timeout_of_each_attempt(target: Target) -> None:
    target.execute("CREATE TABLE seen (lock_timeout text)")
    target.patch("0001_a", "INSERT INTO seen VALUES (current_setting('lock_timeout'))", "lock-timeout: 15ms")
    target.apply()
    assert target.value("SELECT lock_timeout FROM seen") == "15ms"


def test_a_patch_is_applied_when_the_reader_ends_and_its_attempts_are_counted(target: Target, reader: Any) -> None:
    target.patch("0001_a", ADD_COLUMN)
    clock = FakeClock(during_sleep=lambda number: reader.run("COMMIT") if number == 2 else None)
    report = target.apply(clock=clock, policy=waits_policy(*SHORT))
    assert [(outcome.result.value, outcome.lock_attempts) for outcome in report.outcomes] == [("applied", 2)]
    assert clock.sleeps == pytest.approx([0.010, 0.020], rel=0.01)


def test_readers_do_not_queue_behind_a_patch_that_waits(target: Target, reader: Any) -> None:
    """While the patch sleeps between attempts nothing of it is in the queue."""
    target.patch("0001_a", ADD_COLUMN)
    read: list[Any] = []
    clock = FakeClock(during_sleep=lambda _number: read.append(target.rows("SELECT * FROM t")))
    target.execute("SET lock_timeout = '1ms'")
    target.fails(clock=clock, policy=waits_policy(*SHORT))
    reader.run("COMMIT")
    assert read == [[], [], []]


@pytest.mark.experiment("F26")
def test_when_the_waits_run_out_the_blocker_is_named(target: Target, reader: Any) -> None:
    [[pid]] = reader.run("SELECT pg_backend_pid()")
    target.patch("0001_a", ADD_COLUMN)
    expected = (
        r"LockNotAvailable: 0001_a\.sql: lock timeout after 4 attempts; blocked by: "
        rf"pid {pid}, user postgres, application 'slow report', idle in transaction, "
        r"in its transaction for \d+ s, holds AccessShareLock on public\.t\. Nothing of it was applied"
    )
    assert re.match(expected, target.fails(policy=waits_policy(*SHORT)))
    assert target.applied() == []


@pytest.mark.experiment("F26")
def test_who_locks_the_ledger_is_named_too(target: Target, connect: Callable[..., Any]) -> None:
    target.apply()
    target.patch("0001_a", "CREATE TABLE a ()")
    connect("backup").run("BEGIN; LOCK TABLE rdspatch.ledger IN EXCLUSIVE MODE")
    assert "application 'backup', idle in transaction" in target.fails(policy=waits_policy(*SHORT))


@pytest.mark.experiment("F26")
def test_a_login_that_may_not_see_other_sessions_still_names_them(target: Target, reader: Any, login: str) -> None:
    [[pid]] = reader.run("SELECT pg_backend_pid()")
    target.execute(f"GRANT CREATE ON DATABASE {target.value('SELECT current_database()')} TO {login}")
    target.execute(f"GRANT ALL ON t TO {login}")
    target.patch("0001_a", "LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    message = target.fails(database=open_target(target.url_of(login)), policy=waits_policy(*SHORT))
    assert f"pid {pid}, user postgres, application 'slow report', state not visible to us" in message


@pytest.mark.usefixtures("reader")
def test_a_long_pause_is_handed_back_with_the_attempts_so_far(target: Target) -> None:
    waits = (LockWait(ms(5), ms(10)), LockWait(ms(5), ms(4_500)), *SHORT)
    target.patch("0001_a", "CREATE TABLE a ()")
    target.patch("0002_b", ADD_COLUMN)
    report = target.apply(policy=waits_policy(*waits))
    assert target.results(report) == ["0001_a applied"]
    work = report.work
    assert (work.status, work.wait_seconds, work.patch, work.lock_attempts) == (Status.WAIT, 5, "0002_b", 2)
    assert (work.applied, work.pending) == (1, 1)


def test_the_call_after_a_pause_goes_on_with_the_attempts(target: Target, reader: Any) -> None:
    waits = (LockWait(ms(5), ms(4_500)), LockWait(ms(10), ms(4_500)), *SHORT)
    target.patch("0001_a", ADD_COLUMN)
    first = target.apply(policy=waits_policy(*waits))
    second = target.apply(policy=waits_policy(*waits), before=first.work)
    reader.run("COMMIT")
    last = target.apply(policy=waits_policy(*waits), before=second.work)
    assert [limits.lock_timeout for limits in target.database.limits_of("apply_patch")] == [ms(5), ms(10), ms(5)]
    assert [outcome.lock_attempts for outcome in last.outcomes] == [2]


@pytest.mark.usefixtures("reader")
def test_attempts_of_another_patch_do_not_count(target: Target) -> None:
    target.patch("0002_b", ADD_COLUMN)
    before = Work(status=Status.WAIT, patch="0001_a", lock_attempts=1)
    report = target.apply(policy=waits_policy(LockWait(ms(5), ms(4_500)), *SHORT), before=before)
    assert (report.work.patch, report.work.lock_attempts) == ("0002_b", 1)


@pytest.mark.usefixtures("reader")
def test_a_pause_that_does_not_fit_the_deadline_is_handed_back(target: Target) -> None:
    target.patch("0001_a", ADD_COLUMN)
    clock = FakeClock()
    report = target.apply(
        clock=clock,
        deadline=Deadline.after(clock, 10.005),
        policy=waits_policy(LockWait(ms(5), ms(1_000)), *SHORT),
    )
    assert (report.work.status, report.work.wait_seconds, clock.sleeps) == (Status.WAIT, 1, [])


@pytest.mark.usefixtures("reader")
def test_no_pause_on_the_command_line_is_long_enough_for_the_server_to_end_the_session(target: Target) -> None:
    target.patch("0001_a", ADD_COLUMN)
    clock = FakeClock()
    waits = (LockWait(ms(5), timedelta(minutes=1)), LockWait(ms(5), ms(0)))
    assert "LockNotAvailable" in target.fails(clock=clock, policy=waits_policy(*waits, longest_sleep_here=None))
    idle = parse_duration(SESSION_SETTINGS["idle_session_timeout"])
    assert idle is not None
    assert sum(clock.sleeps) == pytest.approx(60, rel=0.01)
    assert max(clock.sleeps) < idle.total_seconds() / 2
    assert target.database.names().count("try_run_lock") > 60 / idle.total_seconds()


@pytest.mark.experiment("F28")
@pytest.mark.parametrize("_time", range(10))
def test_a_deadlock_is_tried_again(
    target: Target, connect: Callable[..., Any], until: Callable[..., Any], _time: int
) -> None:
    target.execute("CREATE TABLE x (); CREATE TABLE y (); CREATE TABLE meet ()")
    app = connect("app")
    app.run("BEGIN; LOCK TABLE y")
    target.patch(
        "0001_a", "LOCK TABLE x; SELECT set_config('deadlock_timeout', '500ms', true); LOCK TABLE y", "lock-timeout: 5s"
    )
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'y'::regclass"
    thread = threading.Thread(target=lambda: _close_the_cycle(target, connect, until, app, waiting))
    thread.start()
    started = time.monotonic()
    report = target.apply(policy=waits_policy(LockWait(ms(5_000), ms(1)), LockWait(ms(5_000), ms(0))))
    thread.join()
    assert time.monotonic() - started < 5, "it waited for its lock timeout"
    assert [(outcome.result.value, outcome.lock_attempts) for outcome in report.outcomes] == [("applied", 1)]


def _close_the_cycle(
    target: Target, connect: Callable[..., Any], until: Callable[..., Any], app: Any, waiting: str
) -> None:
    del target
    watcher = connect("watcher")
    until(lambda: watcher.run(waiting) == [[1]])
    app.run("SET deadlock_timeout = '10s'; LOCK TABLE x")
    app.run("COMMIT")
