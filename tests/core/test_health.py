from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from rdspatch.core.health import (
    MAX_PROBES,
    HealthResponse,
    Probe,
    judge_health,
    judge_smoke,
    probe_of,
    shown_url,
    verdict,
)

ACCEPTED = frozenset({"healthy", "ok"})
AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def answer(body: str | bytes = b"", *, status: int = 200, **fields: str) -> HealthResponse:
    raw = body.encode() if isinstance(body, str) else body
    return HealthResponse(status=status, body=raw, **fields)


def wrong(path: str = "/api/health", error: str | None = "answered 503, not 200") -> Probe:
    return probe_of(HealthResponse(status=503), at=AT, path=path, error=error)


def right(path: str = "/api/health") -> Probe:
    return probe_of(HealthResponse(status=200), at=AT, path=path, error=None)


@pytest.mark.experiment("F43")
@pytest.mark.parametrize(
    "body",
    ['{"status": "healthy"}', '{"status": "OK", "database": "up"}', '\n {"status":"Healthy"}\n'],
)
def test_a_200_with_an_accepted_status_is_healthy(body: str) -> None:
    assert judge_health(answer(body), ACCEPTED) is None


@pytest.mark.experiment("F43")
@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (HealthResponse(error="the deadline of 5 s passed"), "the deadline of 5 s passed"),
        (answer('{"status": "ok"}', error="the body ended 3 bytes short"), "the body ended 3 bytes short"),
        (answer('{"status": "ok"}', status=503), "answered 503, not 200"),
        (answer('{"status": "ok"}', status=201), "answered 201, not 200"),
        (answer(status=401), "answered 401, not 200"),
        (answer(status=304), "answered 304, not 200"),
        (
            answer(status=302, location="https://login.example.com/in"),
            "answered 302 to https://login.example.com/in: redirects are not followed",
        ),
        (answer("<!doctype html><p>Welcome to nginx"), "answered HTML, not JSON"),
        (answer("Welcome", content_type="Text/HTML; charset=utf-8"), "answered HTML, not JSON"),
        (answer("alive"), "answered something, not JSON"),
        (answer(b"\x1f\x8b\x08\x00\xff"), "answered something, not JSON"),
        (answer("[" * 60_000), "answered something, not JSON"),
        (answer("9" * 60_000), "answered something, not JSON"),
        (answer(""), "answered an empty body, not JSON"),
        (answer(" \n"), "answered an empty body, not JSON"),
        (answer('["healthy"]'), "answered JSON that is not an object"),
        (answer('"healthy"'), "answered JSON that is not an object"),
        (answer('{"state": "healthy"}'), "answered JSON without a 'status'"),
        (answer('{"status": true}'), "answered a 'status' that is not text"),
        (answer('{"status": ["ok"]}'), "answered a 'status' that is not text"),
        (answer('{"status": "degraded"}'), "status is 'degraded', not one of: healthy, ok"),
        (answer('{"status": ""}'), "status is '', not one of: healthy, ok"),
    ],
)
def test_every_other_answer_is_unhealthy_and_says_why(response: HealthResponse, reason: str) -> None:
    assert judge_health(response, ACCEPTED) == reason


@pytest.mark.experiment("F43")
def test_a_body_that_was_cut_is_unhealthy_even_when_the_part_reads_well() -> None:
    response = HealthResponse(status=200, body=b'{"status": "ok"}', truncated=True)
    assert judge_health(response, ACCEPTED) == "answered a body longer than 16 bytes"


def test_a_smoke_path_needs_a_200_and_nothing_of_its_body() -> None:
    assert judge_smoke(HealthResponse(status=200, body=b"<html>", truncated=True)) is None
    assert judge_smoke(answer(status=500)) == "answered 500, not 200"
    assert judge_smoke(HealthResponse(status=200, error="the deadline passed")) == "the deadline passed"


def test_a_reason_holds_no_body_beyond_a_short_printable_status() -> None:
    body = json.dumps({"status": 'bad\x1b[31m"\\\n' + "x" * 500, "email": "alice@example.com"})
    reason = judge_health(answer(body), ACCEPTED)
    assert reason is not None
    assert reason.startswith("status is 'bad?[31m???xxx")
    assert "alice" not in reason
    assert len(reason) < 100


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://login.example.com:8443/in?token=SECRET#SECRET", "https://login.example.com:8443/in"),
        ("/login?next=SECRET", "/login"),
        ("/in;jsessionid=SECRET", "/in"),
        ("//evil.example/x", "//evil.example/x"),
        ("https://bob:SECRET@example.com/", "an address that is not shown"),
        ("https:\\\\bob:SECRET@example.com/", "an address that is not shown"),
        ("https://[SECRET", "an unreadable address"),
        ("https://example.com:SECRET/", "an unreadable address"),
        ("https://example.com/\r\nSet-Cookie", "https://example.com/Set-Cookie"),
    ],
)
def test_an_address_is_shown_without_query_fragment_and_user(location: str, shown: str) -> None:
    assert shown_url(location) == shown


def test_a_very_long_redirect_is_cut() -> None:
    assert len(shown_url("https://example.com/" + "a" * 5_000)) == 80


def test_the_last_attempt_decides() -> None:
    healthy = verdict([(wrong(),), (right(), right("/api/projects/1"))], allowed=5, paths=2)
    assert healthy.healthy
    assert healthy.reason == "healthy: attempt 2 of 5 had the right answer from every path (2)"
    unhealthy = verdict([(right(), wrong("/api/projects/1"))], allowed=1, paths=2)
    assert not unhealthy.healthy
    assert unhealthy.reason == "unhealthy after 1 of 1 attempts: /api/projects/1 answered 503, not 200"


def test_right_answers_from_some_of_the_paths_are_not_healthy() -> None:
    result = verdict([(right(),)], allowed=1, paths=3)
    assert not result.healthy
    assert result.reason == "unhealthy after 1 of 1 attempts: the time ran out when 1 of 3 paths had answered right"


def test_no_attempt_at_all_is_not_healthy() -> None:
    result = verdict([], allowed=5, paths=1)
    assert not result.healthy
    assert result.reason.startswith("not asked: ")


def test_a_long_history_keeps_its_first_and_its_last_probes() -> None:
    attempts = [(wrong(f"/{number}"),) for number in range(35)]
    result = verdict(attempts, allowed=35, paths=1)
    assert [probe.path for probe in result.probes] == [f"/{n}" for n in (*range(10), *range(25, 35))]
    assert result.reason.endswith("; of 35 probes only the first and the last 10 are kept")


def test_a_history_of_just_twenty_probes_is_kept_whole() -> None:
    result = verdict([(wrong(f"/{number}"),) for number in range(20)], allowed=20, paths=1)
    assert [probe.path for probe in result.probes] == [f"/{number}" for number in range(20)]


def test_the_largest_verdict_fits_the_audit_record() -> None:
    awkward = '"\\\n\x00é' * 1_000
    probe = probe_of(HealthResponse(status=200, elapsed_seconds=29.9), at=AT, path="/" + awkward, error=awkward)
    result = verdict([(probe,)] * 100, allowed=100, paths=1)
    assert len(result.probes) == MAX_PROBES
    assert len(result.reason) <= 500
    assert len(json.dumps(result.as_data())) < 9_000


def test_a_reason_is_at_most_500_characters_whatever_a_probe_says() -> None:
    probe = Probe(at=AT, path="/", status=None, elapsed_ms=0, error="x" * 5_000)
    assert len(verdict([(probe,)], allowed=1, paths=1).reason) == 500


def test_the_verdict_leaves_as_json_values() -> None:
    response = HealthResponse(status=503, elapsed_seconds=0.0426)
    probe = probe_of(response, at=AT, path="/api/health?deep=SECRET", error="answered 503, not 200")
    assert verdict([(probe,)], allowed=1, paths=1).as_data() == {
        "healthy": False,
        "reason": "unhealthy after 1 of 1 attempts: /api/health answered 503, not 200",
        "probes": [
            {
                "at": "2026-01-02T03:04:05.678+00:00",
                "path": "/api/health",
                "status": 503,
                "elapsed_ms": 43,
                "error": "answered 503, not 200",
            }
        ],
    }
