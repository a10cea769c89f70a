"""Fakes of time, of the source of logins, and of the application."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rdspatch import ports
from rdspatch.core.errors import AccessDenied
from rdspatch.core.health import HealthResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(slots=True)
class FakeClock(ports.Clock):
    """Time that passes only when somebody sleeps."""

    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    seconds: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds


@dataclass(slots=True)
class FakeCredentials(ports.Credentials):
    """Gives the logins one after the other, then the last one for ever; without any, refuses."""

    logins: Sequence[ports.Login] = ()
    fetched: int = 0

    def fetch(self) -> ports.Login:
        if not self.logins:
            raise AccessDenied("this fake has no login")
        self.fetched += 1
        return self.logins[min(self.fetched, len(self.logins)) - 1]


@dataclass(slots=True)
class FakeHealthEndpoint(ports.HealthEndpoint):
    """An application whose answers are given by URL, one after the other and the last one for ever."""

    answers: Mapping[str, Sequence[HealthResponse]] = field(default_factory=dict)
    takes_seconds: float = 0.0
    """How long each answer takes; past the deadline there is none."""
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, deadline_seconds: float) -> HealthResponse:
        self.asked.append(url)
        if self.takes_seconds > deadline_seconds:
            error = f"no complete answer within {deadline_seconds:g} s"
            return HealthResponse(error=error, elapsed_seconds=deadline_seconds)
        answers = self.answers.get(url, (HealthResponse(error="connection refused"),))
        number = min(self.asked.count(url), len(answers)) - 1
        return replace(answers[number], elapsed_seconds=self.takes_seconds)
