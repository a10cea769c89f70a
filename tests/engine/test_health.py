from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rdspatch.core.health import HealthResponse
from rdspatch.core.settings import HealthSettings
from rdspatch.engine.health import RESERVED_SECONDS, check_health

GOOD = HealthResponse(status=200, body=b'{"status": "healthy"}')
BAD = HealthResponse(status=503)


@dataclass
class SteppedClock:
    """Time that passes only when somebody sleeps or answers."""

    seconds: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds


@dataclass
class ScriptedEndpoint:
    """Gives the answers one after the other, each after `takes` seconds."""

    clock: SteppedClock
    answers: list[HealthResponse]
    takes: float = 0.0
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, deadline_seconds: float) -> HealthResponse:
        self.asked.append(url)
        self.clock.seconds += min(self.takes, deadline_seconds)
        return self.answers.pop(0)


def settings(*smoke_paths: str, attempts: int = 5, url: str = "https://app.example/api/health") -> HealthSettings:
    return HealthSettings(
        url=url,
        smoke_paths=smoke_paths,
        statuses=frozenset({"healthy"}),
        attempts=attempts,
        interval_seconds=7,
        timeout_seconds=5,
    )


def endpoint(*answers: HealthResponse, takes: float = 0.0) -> ScriptedEndpoint:
    return ScriptedEndpoint(clock=SteppedClock(), answers=list(answers), takes=takes)


def test_an_application_that_is_healthy_at_once_is_asked_once() -> None:
    app = endpoint(GOOD)
    result = check_health(settings(), app, clock=app.clock, remaining_seconds=110)
    assert result.healthy
    assert app.asked == ["https://app.example/api/health"]
    assert app.clock.sleeps == []


def test_one_attempt_that_passes_everything_is_enough() -> None:
    app = endpoint(BAD, BAD, GOOD)
    result = check_health(settings(), app, clock=app.clock, remaining_seconds=110)
    assert result.healthy
    assert [probe.status for probe in result.probes] == [503, 503, 200]
    assert [probe.error for probe in result.probes] == ["answered 503, not 200"] * 2 + [None]
    assert app.clock.sleeps == [7, 7]


def test_the_smoke_paths_are_asked_after_the_health_path_on_the_same_origin() -> None:
    app = endpoint(GOOD, HealthResponse(status=200), HealthResponse(status=200, body=b"<html>"))
    checked = settings("/api/projects/1?full=1", "//evil.example/x", url="https://app.example:8443/api/health?a=1")
    result = check_health(checked, app, clock=app.clock, remaining_seconds=110)
    assert result.healthy
    assert app.asked == [
        "https://app.example:8443/api/health?a=1",
        "https://app.example:8443/api/projects/1?full=1",
        "https://app.example:8443//evil.example/x",
    ]
    assert [probe.path for probe in result.probes] == ["/api/health", "/api/projects/1", "//evil.example/x"]


def test_a_smoke_path_that_fails_fails_the_attempt_and_the_next_begins_with_the_health_path() -> None:
    app = endpoint(GOOD, BAD, GOOD, GOOD)
    result = check_health(settings("/api/projects/1"), app, clock=app.clock, remaining_seconds=110)
    assert result.healthy
    assert [probe.path for probe in result.probes] == ["/api/health", "/api/projects/1"] * 2


def test_a_smoke_path_is_not_asked_when_the_health_path_has_failed() -> None:
    app = endpoint(BAD)
    result = check_health(settings("/x", attempts=1), app, clock=app.clock, remaining_seconds=110)
    assert not result.healthy
    assert app.asked == ["https://app.example/api/health"]


def test_the_health_path_must_say_healthy_where_a_smoke_path_need_not() -> None:
    app = endpoint(HealthResponse(status=200, body=b"{}"))
    result = check_health(settings(attempts=1), app, clock=app.clock, remaining_seconds=110)
    assert result.reason == "unhealthy after 1 of 1 attempts: /api/health answered JSON without a 'status'"


def test_the_attempts_run_out() -> None:
    app = endpoint(BAD, BAD, BAD)
    result = check_health(settings(attempts=3), app, clock=app.clock, remaining_seconds=110)
    assert not result.healthy
    assert result.reason == "unhealthy after 3 of 3 attempts: /api/health answered 503, not 200"
    assert app.clock.sleeps == [7, 7]


def test_an_attempt_that_would_not_fit_the_remaining_time_is_not_begun() -> None:
    app = endpoint(BAD, BAD, takes=5)
    remaining = RESERVED_SECONDS + 5 + 7 + 5  # two attempts that use their whole timeout, and no second more
    result = check_health(settings(), app, clock=app.clock, remaining_seconds=remaining)
    assert not result.healthy
    assert len(app.asked) == 2
    assert app.clock.seconds == remaining - RESERVED_SECONDS
    assert result.reason.startswith("unhealthy after 2 of 5 attempts, no time for another: ")


def test_the_time_is_not_slept_away_when_no_attempt_fits_after_it() -> None:
    app = endpoint(BAD)
    check_health(settings(), app, clock=app.clock, remaining_seconds=RESERVED_SECONDS + 11.9)
    assert app.clock.sleeps == []


def test_smoke_paths_that_do_not_fit_the_remaining_time_are_not_asked() -> None:
    app = endpoint(GOOD, GOOD, takes=4)
    result = check_health(settings("/a", "/b"), app, clock=app.clock, remaining_seconds=RESERVED_SECONDS + 10)
    assert not result.healthy
    assert len(app.asked) == 2
    assert result.reason.endswith("the time ran out when 2 of 3 paths had answered right")


def test_without_time_for_one_request_nothing_is_asked() -> None:
    app = endpoint()
    result = check_health(settings(), app, clock=app.clock, remaining_seconds=RESERVED_SECONDS + 4.9)
    assert not result.healthy
    assert app.asked == []


def test_a_probe_carries_the_time_at_which_it_was_asked() -> None:
    app = endpoint(BAD, GOOD, takes=2)
    result = check_health(settings(), app, clock=app.clock, remaining_seconds=110)
    assert [probe.at.second for probe in result.probes] == [0, 9]
