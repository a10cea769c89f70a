from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.doctor.finding import Finding, State, ok, problem, skipped, warning
from rdspatch.core.errors import AccessDenied
from rdspatch.core.failure import FailureKind, OutcomeUnknown, SqlFailed, SqlFailure
from rdspatch.engine.doctor import Look, examine
from rdspatch.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MINUTE = timedelta(minutes=1)


def answering(*findings: Finding, needs: tuple[str, ...] = ()) -> Look:
    return Look(checks=tuple(finding.check for finding in findings), take=lambda: findings, needs=needs)


def failing(error: Exception, *checks: str) -> Look:
    def take() -> Sequence[Finding]:
        raise error

    return Look(checks=checks, take=take)


def examined(*looks: Look) -> list[Finding]:
    return list(examine(looks, clock=SystemClock(), time=MINUTE))


def test_a_check_that_fails_does_not_stop_the_others() -> None:
    found = examined(failing(AccessDenied("no"), "a"), answering(ok("b", "fine")))
    assert found == [problem("a", "no"), ok("b", "fine")]


def test_what_needs_a_failed_check_is_skipped_and_names_it() -> None:
    found = examined(
        answering(problem("tcp", "refused")),
        answering(ok("tls", ""), ok("expiry", ""), needs=("tcp",)),
        answering(ok("login", ""), needs=("tls",)),
    )
    assert found[1:] == [
        skipped("tls", "waits for tcp"),
        skipped("expiry", "waits for tcp"),
        skipped("login", "waits for tls"),
    ]


@pytest.mark.parametrize("before", [(), (answering(ok("tcp", "")),), (answering(warning("tcp", "", "")),)])
def test_what_needs_a_check_that_went_well_or_was_not_asked_is_looked_at(before: tuple[Look, ...]) -> None:
    assert examined(*before, answering(ok("login", "works"), needs=("tcp",)))[-1] == ok("login", "works")


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (
            SqlFailed(SqlFailure(kind=FailureKind.SQL, sqlstate="57014", message="cancelled")),
            "cancelled (SQLSTATE 57014)",
        ),
        (OutcomeUnknown("the connection broke"), "the connection broke"),
        (RuntimeError("CANARY"), "the check itself failed with RuntimeError"),
    ],
)
def test_an_error_becomes_a_problem_of_its_look_and_what_it_would_have_decided_is_skipped(
    error: Exception, what: str
) -> None:
    first, second = examined(failing(error, "a", "b"))
    assert (first.check, first.state, first.what) == ("a", State.PROBLEM, what)
    assert second == skipped("b", "waits for a")


def test_a_look_may_say_more_of_an_error_than_its_own_words() -> None:
    def take() -> Sequence[Finding]:
        raise AccessDenied("refused")

    look = Look(checks=("login",), take=take, on_error=lambda error: problem("login", str(error), "a password"))
    assert examined(look) == [problem("login", "refused", "a password")]


def test_a_look_that_never_ends_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rdspatch.engine.doctor.LONGEST_LOOK", timedelta(seconds=0.05))
    forever = threading.Event()

    def take() -> Sequence[Finding]:
        forever.wait(20)
        return ()

    start = time.monotonic()
    hanging, after = examined(Look(checks=("dns",), take=take), answering(ok("b", "fine")))
    assert time.monotonic() - start < 5
    assert (hanging.state, hanging.what) == (State.PROBLEM, "gave no answer within 0 s")
    assert after == ok("b", "fine")
    forever.set()


def slow(clock: FakeClock) -> Callable[[], Sequence[Finding]]:
    def take() -> Sequence[Finding]:
        clock.sleep(30)
        return [ok("a", "slow")]

    return take


def test_what_does_not_fit_the_time_is_skipped() -> None:
    clock = FakeClock()
    looks = [Look(checks=("a",), take=slow(clock)), answering(ok("b", "fine"))]
    assert examine(looks, clock=clock, time=timedelta(seconds=30)) == (
        ok("a", "slow"),
        skipped("b", "no time was left for it"),
    )
