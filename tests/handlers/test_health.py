from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import BadSettings, UnexpectedFailure
from rdspatch.handlers import health

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENT = {"run": {"id": "run-1", "started_at": "2026-01-01T00:00:00Z"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    remaining: int = 110_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


class BrokenContext:
    def get_remaining_time_in_millis(self) -> int:
        raise RuntimeError("SECRET")


class Application(HTTPServer):
    """A real application that gives its answers one after the other, the last one for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers: list[tuple[int, str]] = []
        self.asked: list[str] = []


class Answering(BaseHTTPRequestHandler):
    server: Application

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        answers = self.server.answers
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """A running application, with the function's environment set for it."""
    with Application() as server:
        monkeypatch.setenv("RDSPATCH_HEALTH_URL", f"http://127.0.0.1:{server.server_port}/api/health")
        monkeypatch.setenv("RDSPATCH_HEALTH_INTERVAL_SECONDS", "0")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cold_start() -> None:
    health._settings.cache_clear()


def test_an_application_that_recovers_is_healthy_with_its_history(application: Application) -> None:
    application.answers = [
        (503, '{"status": "down"}'),
        (200, '{"status": "degraded"}'),
        (200, '{"status": "OK"}'),
    ]
    result = health.handler(EVENT, Context())
    assert result["healthy"]
    assert [(probe["status"], probe["error"]) for probe in result["probes"]] == [
        (503, "answered 503, not 200"),
        (200, "status is 'degraded', not one of: healthy, ok"),
        (200, None),
    ]
    assert json.loads(json.dumps(result)) == result
    assert set(result) == {"healthy", "reason", "probes"}


def test_the_smoke_paths_of_the_environment_are_asked(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDSPATCH_HEALTH_SMOKE_PATHS", "/api/projects/1,/api/users")
    application.answers = [(200, '{"status": "ok"}')]
    assert health.handler(EVENT, Context())["healthy"]
    assert application.asked == ["/api/health", "/api/projects/1", "/api/users"]


def test_an_unhealthy_application_is_an_answer_and_no_error(application: Application) -> None:
    application.answers = [(200, "<!doctype html>")]
    result = health.handler(EVENT, Context())
    assert result["healthy"] is False
    assert result["reason"] == "unhealthy after 5 of 5 attempts: /api/health answered HTML, not JSON"
    assert len(application.asked) == 5


def test_the_functions_remaining_time_bounds_the_attempts(application: Application) -> None:
    application.answers = [(200, '{"status": "ok"}')]
    result = health.handler(EVENT, Context(remaining=6_000))  # less than one timeout and the reserve
    assert result["healthy"] is False
    assert application.asked == []


def test_the_event_does_not_choose_where_the_requests_go(application: Application) -> None:
    application.answers = [(200, '{"status": "ok"}')]
    assert health.handler({**EVENT, "url": "http://127.0.0.1:1/", "smoke_paths": ["/x"]}, Context())["healthy"]
    assert application.asked == ["/api/health"]


def test_the_environment_is_parsed_once(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    application.answers = [(200, '{"status": "ok"}')]
    health.handler(EVENT, Context())
    monkeypatch.setenv("RDSPATCH_HEALTH_URL", "nonsense")
    assert health.handler(EVENT, Context())["healthy"]


def test_a_wrong_environment_is_bad_settings_with_every_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDSPATCH_HEALTH_ATTEMPTS", "many")
    monkeypatch.setenv("RDSPATCH_HEALTH_COLOUR", "blue")
    with pytest.raises(BadSettings) as caught:
        health.handler(EVENT, Context())
    for name in ("RDSPATCH_HEALTH_URL", "RDSPATCH_HEALTH_ATTEMPTS", "RDSPATCH_HEALTH_COLOUR"):
        assert name in str(caught.value)


@pytest.mark.usefixtures("application")
def test_a_defect_is_an_unexpected_failure_that_says_nothing_of_it() -> None:
    with pytest.raises(UnexpectedFailure) as caught:
        health.handler(EVENT, BrokenContext())
    assert "SECRET" not in str(caught.value)


def test_the_function_loads_neither_an_aws_client_nor_a_database_driver() -> None:
    script = (
        "import sys, rdspatch.handlers.health;"
        "print(sorted({'boto3', 'sqlalchemy', 'pg8000'} & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
