"""A connection that breaks around a commit: the ledger says what happened, nobody guesses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.errors import ConnectionLost
from tests.acceptance.proxy import Loss
from tests.acceptance.target import noted, open_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from rdspatch.core.outcome import ApplyReport
    from rdspatch.ports import Database
    from tests.acceptance.proxy import Proxy
    from tests.acceptance.target import Target

LEDGER_ROW = "INSERT INTO rdspatch.ledger"
TIMES = {Loss.REQUEST: 50, Loss.REPLY: 50}
BREAKS = (Loss.REQUEST, Loss.REPLY, Loss.SHUTDOWN)
"""Those that end the connection."""


def apply_through(proxy: Proxy, target: Target) -> ApplyReport:
    return target.apply(database=through(proxy, target), clock=SystemClock())


def through(proxy: Proxy, target: Target) -> Database:
    return open_target(proxy.url(str(target.value("SELECT current_database()"))))


@pytest.fixture
def trace(target: Target) -> Callable[[], list[str]]:
    """Every execution of a patch's effect, in order."""
    target.execute("CREATE TABLE trace (id serial, what text)")
    return lambda: [what for (what,) in target.rows("SELECT what FROM trace ORDER BY id")]


@pytest.mark.experiment("F07")
@pytest.mark.parametrize("loss", Loss)
def test_a_patch_whose_message_or_answer_is_lost_is_applied_exactly_once(
    target: Target, proxy: Proxy, trace: Callable[[], list[str]], loss: Loss, trials: Callable[[int], None]
) -> None:
    times = TIMES.get(loss, 5)
    trials(times)
    names = [f"{number:04}_x" for number in range(1, times + 1)]
    for name in names:
        target.patch(name, noted(name))
        proxy.lose(name, loss)
        assert target.results(apply_through(proxy, target)) == [f"{name} applied"]
        assert proxy.all_lost
    assert trace() == names


@pytest.mark.experiment("F39")
@pytest.mark.parametrize("loss", Loss)
def test_nothing_of_a_patch_is_logged_when_its_connection_breaks(
    target: Target, proxy: Proxy, trace: Callable[[], list[str]], loss: Loss, caplog: pytest.LogCaptureFixture
) -> None:
    target.patch("0001_a", "INSERT INTO trace (what) VALUES ('a secret')")
    proxy.lose("a secret", loss)
    apply_through(proxy, target)
    assert (trace(), caplog.text) == (["a secret"], "")


@pytest.mark.experiment("F07")
def test_three_lost_connections_are_borne_in_one_run(
    target: Target, proxy: Proxy, trace: Callable[[], list[str]]
) -> None:
    target.patch("0001_a", noted("a"))
    proxy.lose(LEDGER_ROW, Loss.REQUEST, Loss.REQUEST, Loss.REPLY)
    assert target.results(apply_through(proxy, target)) == ["0001_a applied"]
    assert (trace(), proxy.all_lost) == (["a"], True)


@pytest.mark.experiment("F07")
def test_a_fourth_lost_connection_ends_the_run_and_the_next_run_goes_on(
    target: Target, proxy: Proxy, trace: Callable[[], list[str]]
) -> None:
    target.patch("0001_a", noted("a"))
    proxy.lose(LEDGER_ROW, *[Loss.REQUEST] * 4)
    report = target.apply_once(database=through(proxy, target), clock=SystemClock())
    assert isinstance(report.failure, ConnectionLost)
    assert "4 sessions were lost" in str(report.failure)
    assert (trace(), target.results(report)) == ([], ["0001_a unknown"])
    assert target.results(apply_through(proxy, target)) == ["0001_a applied"]
    assert trace() == ["a"]


@pytest.mark.experiment("F07")
def test_a_connection_that_breaks_while_the_outcome_is_read_is_no_answer(
    target: Target, proxy: Proxy, trace: Callable[[], list[str]]
) -> None:
    target.apply()
    target.patch("0001_a", noted("a"))
    proxy.lose(LEDGER_ROW, Loss.REPLY)
    proxy.lose("FROM rdspatch.ledger", Loss.REPLY)
    assert target.results(apply_through(proxy, target)) == ["0001_a applied"]
    assert (trace(), proxy.all_lost) == (["a"], True)


@pytest.mark.parametrize("loss", BREAKS)
@pytest.mark.parametrize("part", ["pg_try_advisory_lock", "FROM rdspatch.ledger", "CREATE SCHEMA IF NOT EXISTS"])
def test_a_connection_that_breaks_before_the_first_patch_is_named_so(
    target: Target, proxy: Proxy, part: str, loss: Loss
) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    proxy.lose(part, loss)
    with pytest.raises(ConnectionLost, match="nothing was"):
        apply_through(proxy, target)
    assert target.results(apply_through(proxy, target)) == ["0001_a applied"]


def test_a_connection_that_breaks_right_after_the_login_changed_nothing(target: Target, proxy: Proxy) -> None:
    proxy.lose("", Loss.REPLY)
    with pytest.raises(ConnectionLost, match="nothing was changed"):
        apply_through(proxy, target)


@pytest.mark.experiment("F07")
@pytest.mark.parametrize("loss", BREAKS)
@pytest.mark.parametrize(
    "part",
    ["FROM rdspatch.progress", "'0001_a', 0, 'intent'", "CREATE INDEX", "'0001_a', 0, 'done'", LEDGER_ROW, "x.relname"],
)
def test_a_patch_without_transaction_survives_the_loss_of_any_of_its_messages(
    target: Target, proxy: Proxy, part: str, loss: Loss
) -> None:
    target.execute("CREATE TABLE t (id int)")
    target.patch("0001_a", "CREATE INDEX CONCURRENTLY t_id ON t (id)", "transaction: none")
    proxy.lose(part, loss)
    assert target.results(apply_through(proxy, target)) == ["0001_a applied"]
    assert proxy.all_lost
    assert target.rows("SELECT indisvalid FROM pg_index WHERE indrelid = 't'::regclass") == [[True]]


@pytest.mark.experiment("F07")
@pytest.mark.parametrize("loss", Loss)
def test_a_statement_that_commits_with_its_mark_is_executed_once(
    target: Target, proxy: Proxy, trace: Callable[[], list[str]], loss: Loss
) -> None:
    target.patch("0001_a", "INSERT INTO trace (what) VALUES ('a'); VACUUM", "transaction: none")
    proxy.lose("INSERT INTO trace", loss)
    assert target.results(apply_through(proxy, target)) == ["0001_a applied"]
    assert (trace(), proxy.all_lost) == (["a"], True)


@pytest.mark.experiment("F08")
def test_a_terminated_session_is_resolved(
    target: Target, connect: Callable[..., Any], trace: Callable[[], list[str]]
) -> None:
    target.patch("0001_a", "INSERT INTO trace (what) VALUES ('a'); SELECT ends_the_session_once()")
    connect().run("CREATE SEQUENCE calls")
    target.execute(
        "CREATE FUNCTION ends_the_session_once() RETURNS void LANGUAGE plpgsql AS "
        "'BEGIN IF nextval(''calls'') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; END'"
    )
    assert target.results(target.apply(clock=SystemClock())) == ["0001_a applied"]
    assert (trace(), target.value("SELECT last_value FROM calls")) == (["a"], 2)


def test_a_row_that_the_driver_cannot_read_does_not_lose_the_patch(
    target: Target, trace: Callable[[], list[str]]
) -> None:
    target.patch("0001_a", "INSERT INTO trace (what) VALUES ('a') RETURNING time '24:00'")
    assert target.results(target.apply(clock=SystemClock())) == ["0001_a applied"]
    assert trace() == ["a"]
