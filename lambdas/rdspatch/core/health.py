"""When an application counts as healthy: answers in, a verdict with reasons out.

Reasons go into logs and into the audit: none quotes a body beyond its `status` value, and no URL in them has
a query string or user information.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# Together these keep the verdict below the 10,000 characters that `States.Hash` takes.
MAX_PROBES: Final = 20
MAX_REASON_CHARACTERS: Final = 500
MAX_ERROR_CHARACTERS: Final = 150
MAX_PATH_CHARACTERS: Final = 100

MAX_STATUS_CHARACTERS: Final = 40
MAX_URL_CHARACTERS: Final = 80

_OK: Final = 200
_REDIRECTS: Final = range(300, 400)
_ESCAPED_IN_JSON: Final = re.compile(r"[^ !#-\[\]-~]")


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthResponse:
    """What one GET brought back, or in `error` why it did not come to its end."""

    status: int | None = None  # None: no status line arrived
    content_type: str = ""
    location: str = ""  # as the server sent it; never shown without `shown_url`
    body: bytes = b""  # read for status 200 only
    truncated: bool = False  # the body went on past what the endpoint reads
    error: str | None = None
    elapsed_seconds: float = 0.0


class ProbeData(TypedDict):
    """One probe as it leaves the function."""

    at: str
    path: str
    status: int | None
    elapsed_ms: int
    error: str | None


class VerdictData(TypedDict):
    """The verdict as it leaves the function."""

    healthy: bool
    reason: str
    probes: list[ProbeData]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One question to the application; `error` is None when the answer was right."""

    at: datetime
    path: str
    status: int | None
    elapsed_ms: int
    error: str | None

    def as_data(self) -> ProbeData:
        """The probe as JSON values; `at` in ISO 8601."""
        return {
            "at": self.at.isoformat(timespec="milliseconds"),
            "path": self.path,
            "status": self.status,
            "elapsed_ms": self.elapsed_ms,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the application is healthy, why, and at most `MAX_PROBES` of the probes that say so."""

    healthy: bool
    reason: str
    probes: tuple[Probe, ...]

    def as_data(self) -> VerdictData:
        """The verdict as JSON values."""
        return {
            "healthy": self.healthy,
            "reason": self.reason,
            "probes": [probe.as_data() for probe in self.probes],
        }


def judge_smoke(response: HealthResponse) -> str | None:
    """Say why a smoke path's answer is not a completed 200, or None when it is one."""
    if response.error is not None:
        return response.error
    if response.status in _REDIRECTS and response.location:
        return f"answered {response.status} to {shown_url(response.location)}: redirects are not followed"
    if response.status != _OK:
        return f"answered {response.status}, not 200"
    return None


def judge_health(response: HealthResponse, statuses: frozenset[str]) -> str | None:
    """Say why the health path's answer is not healthy, or None when it is.

    Healthy is a 200 whose whole body is a JSON object with a `status` among `statuses` (lower case).
    """
    wrong = judge_smoke(response)
    if wrong is not None:
        return wrong
    if response.truncated:
        return f"answered a body longer than {len(response.body)} bytes"
    if not response.body.strip():
        return "answered an empty body, not JSON"
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):  # deep nesting ends in RecursionError
        return f"answered {_kind_of_text(response)}, not JSON"
    if not isinstance(answer, dict):
        return "answered JSON that is not an object"
    return _judge_status(answer, statuses)


def probe_of(response: HealthResponse, *, at: datetime, path: str, error: str | None) -> Probe:
    """One judged answer as a probe, with everything cut to the length that the audit can hold."""
    return Probe(
        at=at,
        path=shown_path(path),
        status=response.status,
        elapsed_ms=round(response.elapsed_seconds * 1000),
        error=None if error is None else printable(error, MAX_ERROR_CHARACTERS),
    )


def passed(attempt: Sequence[Probe], *, paths: int) -> bool:
    """Whether an attempt asked all `paths` and every answer was right."""
    return len(attempt) == paths and all(probe.error is None for probe in attempt)


def verdict(attempts: Sequence[Sequence[Probe]], *, allowed: int, paths: int) -> Verdict:
    """Sum up the attempts made, of at most `allowed`, each of which has `paths` questions.

    Fewer attempts than allowed without a passing one mean that the time ran out; the reason says so.
    """
    healthy = bool(attempts) and passed(attempts[-1], paths=paths)
    probes = tuple(probe for attempt in attempts for probe in attempt)
    kept = probes if len(probes) <= MAX_PROBES else (*probes[: MAX_PROBES // 2], *probes[-MAX_PROBES // 2 :])
    if healthy:
        reason = f"healthy: attempt {len(attempts)} of {allowed} had the right answer from every path ({paths})"
    else:
        reason = _unhealthy(attempts, allowed=allowed, paths=paths)
    if len(kept) < len(probes):
        reason += f"; of {len(probes)} probes only the first and the last {MAX_PROBES // 2} are kept"
    return Verdict(healthy=healthy, reason=printable(reason, MAX_REASON_CHARACTERS), probes=kept)


def printable(text: str, limit: int) -> str:
    """The text in ASCII that JSON does not escape (so that its length stays), at most `limit` characters."""
    shown = _ESCAPED_IN_JSON.sub("?", text)
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def shown_path(path: str) -> str:
    """The path of a URL as it may be shown: no query, no fragment, no parameters."""
    return printable(re.split(r"[?#;]", path, maxsplit=1)[0], MAX_PATH_CHARACTERS)


def shown_url(url: str) -> str:
    """An address that somebody else wrote as it may be shown: origin and path only, or a stand-in."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "an unreadable address"
    if "@" in url:
        return "an address that is not shown"
    scheme = f"{parts.scheme}:" if parts.scheme else ""
    authority = f"//{host}" + (f":{port}" if port is not None else "") if host else ""
    return printable(scheme + authority + shown_path(parts.path), MAX_URL_CHARACTERS)


def _kind_of_text(response: HealthResponse) -> str:
    is_html = "html" in response.content_type.lower() or response.body.lstrip()[:1] == b"<"
    return "HTML" if is_html else "something"


def _judge_status(answer: dict[str, object], statuses: frozenset[str]) -> str | None:
    if "status" not in answer:
        return "answered JSON without a 'status'"
    status = answer["status"]
    if not isinstance(status, str):
        return "answered a 'status' that is not text"
    if status.lower() in statuses:
        return None
    shown = printable(status, MAX_STATUS_CHARACTERS)
    return f"status is '{shown}', not one of: {', '.join(sorted(statuses))}"


def _unhealthy(attempts: Sequence[Sequence[Probe]], *, allowed: int, paths: int) -> str:
    if not attempts:
        return "not asked: the function's remaining time does not fit a single request; raise its timeout"
    last = attempts[-1]
    count = f"unhealthy after {len(attempts)} of {allowed} attempts"
    if last and last[-1].error is not None:
        early = ", no time for another" if len(attempts) < allowed else ""
        return f"{count}{early}: {last[-1].path} {last[-1].error}"
    return f"{count}: the time ran out when {len(last)} of {paths} paths had answered right"
