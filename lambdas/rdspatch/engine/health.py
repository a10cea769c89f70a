"""Ask the application until it is healthy or the attempts or the time run out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from rdspatch.core.health import Probe, Verdict, judge_health, judge_smoke, passed, probe_of, verdict

if TYPE_CHECKING:
    from rdspatch.core.settings import HealthSettings
    from rdspatch.ports import Clock, HealthEndpoint

RESERVED_SECONDS: Final = 2.0
"""Left over for the answer to get out of the function: a killed function has no verdict."""


def check_health(
    settings: HealthSettings, endpoint: HealthEndpoint, *, clock: Clock, remaining_seconds: float
) -> Verdict:
    """Make attempts until one passes; an attempt ends at its first wrong answer.

    An attempt asks the health path, then the smoke paths. A request starts only if it fits what is left of
    `remaining_seconds` even when it takes its whole timeout, so that the function always lives to answer; an
    attempt that does not fit ends the check as unhealthy. Never raises for what the application does.
    """
    questions = _questions(settings)
    ends = clock.monotonic() + remaining_seconds - RESERVED_SECONDS
    attempts: list[tuple[Probe, ...]] = []
    while len(attempts) < settings.attempts:
        pause = settings.interval_seconds if attempts else 0.0
        if clock.monotonic() + pause + settings.timeout_seconds > ends:
            break
        if pause:
            clock.sleep(pause)
        attempts.append(_attempt(settings, endpoint, questions=questions, clock=clock, ends=ends))
        if passed(attempts[-1], paths=len(questions)):
            break
    return verdict(attempts, allowed=settings.attempts, paths=len(questions))


def _questions(settings: HealthSettings) -> tuple[tuple[str, str], ...]:
    """The (path, URL) pairs of one attempt, the health path first."""
    parts = urlsplit(settings.url)
    origin = f"{parts.scheme}://{parts.netloc}"  # not urljoin: it lets //host in a path change the host
    return ((parts.path or "/", settings.url), *((path, origin + path) for path in settings.smoke_paths))


def _attempt(
    settings: HealthSettings,
    endpoint: HealthEndpoint,
    *,
    questions: tuple[tuple[str, str], ...],
    clock: Clock,
    ends: float,
) -> tuple[Probe, ...]:
    probes: list[Probe] = []
    for number, (path, url) in enumerate(questions):
        if clock.monotonic() + settings.timeout_seconds > ends:
            break
        at = clock.now()
        response = endpoint.get(url, deadline_seconds=settings.timeout_seconds)
        error = judge_health(response, settings.statuses) if number == 0 else judge_smoke(response)
        probes.append(probe_of(response, at=at, path=path, error=error))
        if error is not None:
            break
    return tuple(probes)
