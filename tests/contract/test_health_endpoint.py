"""Every health endpoint, the fake and the one over HTTP."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.http import HttpHealthEndpoint
from rdspatch.core.health import HealthResponse
from rdspatch.testing import FakeHealthEndpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.ports import HealthEndpoint

SLOW_SECONDS = 0.4


class Application(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(SLOW_SECONDS)
        body = b'{"status": "ok"}'
        self.send_response(503 if self.path == "/down" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keeps the test's output clean."""


@dataclass(frozen=True, slots=True)
class Kind:
    """An endpoint and the origin of an application that it reaches."""

    endpoint: HealthEndpoint
    slow: HealthEndpoint
    origin: str


@pytest.fixture(params=["fake", "http"])
def application(request: pytest.FixtureRequest) -> Iterator[Kind]:
    if request.param == "fake":
        good = HealthResponse(status=200, body=b'{"status": "ok"}')
        answers = {
            "http://app/": (good,),
            "http://app/down": (HealthResponse(status=503),),
            "http://app/slow": (good,),
        }
        slow = FakeHealthEndpoint(answers, takes_seconds=SLOW_SECONDS)
        yield Kind(FakeHealthEndpoint(answers), slow, "http://app")
        return
    with HTTPServer(("127.0.0.1", 0), Application) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        endpoint = HttpHealthEndpoint()
        yield Kind(endpoint, endpoint, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_an_answer_has_its_status_and_body(application: Kind) -> None:
    response = application.endpoint.get(f"{application.origin}/", deadline_seconds=5)
    assert (response.status, response.body, response.error) == (200, b'{"status": "ok"}', None)


def test_an_answer_that_is_no_success_is_an_answer(application: Kind) -> None:
    response = application.endpoint.get(f"{application.origin}/down", deadline_seconds=5)
    assert (response.status, response.error) == (503, None)


def test_an_answer_after_the_deadline_is_none(application: Kind) -> None:
    response = application.slow.get(f"{application.origin}/slow", deadline_seconds=SLOW_SECONDS / 2)
    assert response.status is None
    assert response.error
    assert response.elapsed_seconds == pytest.approx(SLOW_SECONDS / 2, abs=0.15)


def test_an_application_that_is_not_there_is_an_error_in_the_answer(application: Kind) -> None:
    response = application.endpoint.get("http://127.0.0.1:9/nobody", deadline_seconds=5)
    assert response.status is None
    assert response.error


def test_the_fake_answers_in_turn_and_repeats_its_last_answer() -> None:
    fake = FakeHealthEndpoint({"http://app/": (HealthResponse(status=503), HealthResponse(status=200))})
    statuses = [fake.get("http://app/", deadline_seconds=1).status for _ in range(3)]
    assert statuses == [503, 200, 200]
    assert fake.asked == ["http://app/"] * 3
