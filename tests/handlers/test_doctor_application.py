"""The health function's `doctor`: the way to a real application, and its answer."""

from __future__ import annotations

import json
import socket
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.doctor.finding import Finding, State, findings_of
from rdspatch.core.settings import HealthSettings
from rdspatch.engine.doctor import examine
from rdspatch.handlers import health
from rdspatch.handlers.doctor_application import application_looks
from tests.handlers.function import Context
from tests.self_signed import certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

MINUTE = timedelta(minutes=1)


class Answering(BaseHTTPRequestHandler):
    body = b'{"status": "ok"}'

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Starts an application; gives its URL."""
    started: list[tuple[HTTPServer, threading.Thread]] = []

    def start(body: str = '{"status": "ok"}', *, tls: ssl.SSLContext | None = None) -> str:
        handler = type("Handler", (Answering,), {"body": body.encode()})
        server = HTTPServer(("127.0.0.1", 0), handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that leaves is part of a test
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        started.append((server, thread))
        return f"{'https' if tls else 'http'}://localhost:{server.server_port}/api/health"

    yield start
    for server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()


def examined(url: str, tls: ssl.SSLContext | None = None) -> dict[str, Finding]:
    settings = HealthSettings.from_env({"RDSPATCH_HEALTH_URL": url, "RDSPATCH_HEALTH_TIMEOUT_SECONDS": "2"})
    clock = SystemClock()
    found = examine(application_looks(settings, clock, tls=tls), clock=clock, time=MINUTE)
    return {finding.check: finding for finding in found}


def states(found: dict[str, Finding]) -> dict[str, State]:
    return {name: finding.state for name, finding in found.items()}


def test_an_application_that_answers_is_ok_on_the_whole_way(serve: Callable[..., str]) -> None:
    found = examined(serve())
    assert states(found) == dict.fromkeys(("dns", "tcp", "answer"), State.OK)
    assert found["answer"].what.startswith("/api/health answers healthy in ")


def test_an_answer_that_is_not_healthy_is_a_problem_that_quotes_no_body(serve: Callable[..., str]) -> None:
    found = examined(serve('{"status": "down", "why": "CANARY"}'))
    assert found["answer"].state is State.PROBLEM
    assert "status is 'down'" in found["answer"].what
    assert "CANARY" not in repr(found)


def test_a_certificate_is_told_with_the_days_that_it_has_left(serve: Callable[..., str], tmp_path: Path) -> None:
    server, client = certificate(tmp_path, days=40)
    found = examined(serve(tls=server), client)
    assert states(found) == dict.fromkeys(("dns", "tcp", "tls", "answer"), State.OK)
    assert "issued by the application" in found["tls"].what
    assert "(40 days left)" in found["tls"].what


def test_a_certificate_that_expired_is_a_problem(serve: Callable[..., str], tmp_path: Path) -> None:
    server, client = certificate(tmp_path, days=-2)
    found = examined(serve(tls=server), client)
    assert "expired" in found["tls"].what
    assert found["answer"].what == "waits for tls"


def test_https_on_a_port_that_speaks_http_is_a_problem_of_tls(serve: Callable[..., str]) -> None:
    found = examined(serve().replace("http:", "https:"))
    assert found["tls"].state is State.PROBLEM
    assert "check scheme and port" in found["tls"].what


def test_a_port_where_nothing_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = examined(f"http://127.0.0.1:{port}/api/health")
    assert "nothing listens there" in found["tcp"].what
    assert found["answer"].what == "waits for tcp"


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]", "2852039166"])
def test_an_address_that_the_health_check_refuses_is_refused_here_too(host: str) -> None:
    found = examined(f"http://{host}/latest/meta-data")
    assert found["dns"].state is State.PROBLEM
    assert "refused" in found["dns"].what
    assert found["tcp"].state is found["answer"].state is State.SKIPPED


def invoked(event: dict[str, Any]) -> Any:
    health._settings.cache_clear()
    return json.loads(json.dumps(health.handler(event, Context(remaining=110_000))))


def test_the_function_answers_findings_when_it_is_asked_for_them(
    serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDSPATCH_HEALTH_URL", serve())
    answer = invoked({"action": "doctor", "url": "http://127.0.0.1:1/"})
    assert answer["function"] == "health"
    found = findings_of(answer)
    assert found
    assert [finding.state for finding in found] == [State.OK] * 3


def test_the_workflows_event_still_asks_for_the_verdict(
    serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDSPATCH_HEALTH_URL", serve())
    answer = invoked({"run": {"id": "run-1", "started_at": "2026-01-01T00:00:00Z"}})
    assert answer["healthy"] is True
