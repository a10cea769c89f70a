from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from rdspatch.adapters.http import HttpHealthEndpoint
from rdspatch.adapters.lookup import AddressInfo, Lookup, system_lookup

Serve = Callable[..., Any]  # the fixture of conftest.py
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"status": "ok"}'
LONG = 10.0  # a deadline that no test should come near
SHORT = 0.3


@pytest.mark.experiment("F42")
@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "0",
        "[::]",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
    ],
)
def test_no_spelling_of_a_forbidden_address_is_connected_to(serve: Serve, host: str) -> None:
    server = serve(ANSWER)
    response = HttpHealthEndpoint().get(server.url(host=host), deadline_seconds=LONG)
    assert response.error is not None
    assert response.error.startswith("the host name leads to ")
    assert response.error.endswith(": refused")
    assert server.requests == []


def found(*addresses: tuple[str, int]) -> list[AddressInfo]:
    return [
        (socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))
        for host, port in addresses
    ]


@pytest.mark.experiment("F42")
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "169.254.170.2"])
def test_a_name_that_leads_to_a_forbidden_address_is_refused(serve: Serve, address: str) -> None:
    server = serve(ANSWER)
    port = server.port
    endpoint = HttpHealthEndpoint(lookup=lambda *_: found(("192.0.2.1", port), (address, port)))
    response = endpoint.get("http://app.example/", deadline_seconds=LONG)
    assert response.error is not None
    assert response.error.startswith(f"the host name leads to {address}, which is ")
    assert server.requests == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1"])
def test_a_url_that_says_loopback_itself_may_go_there(serve: Serve, host: str) -> None:
    server = serve(ANSWER)
    assert HttpHealthEndpoint().get(server.url(host=host), deadline_seconds=LONG).error is None


@pytest.mark.experiment("F42")
def test_a_url_that_says_loopback_may_not_go_to_link_local() -> None:
    endpoint = HttpHealthEndpoint(lookup=lambda *_: found(("169.254.169.254", 80)))
    response = endpoint.get("http://localhost/", deadline_seconds=LONG)
    assert response.error == "the host name leads to 169.254.169.254, which is link-local: refused"


@pytest.mark.experiment("F42")
def test_the_address_that_was_checked_is_the_one_that_is_connected_to(serve: Serve) -> None:
    first = serve(ANSWER)
    second = serve(ANSWER)
    answers = [found(("127.0.0.1", first.port)), found(("127.0.0.1", second.port))]
    endpoint = HttpHealthEndpoint(lookup=lambda *_: answers.pop(0))
    assert endpoint.get("http://localhost:81/", deadline_seconds=LONG).error is None
    assert first.requests[0].split(b"\r\n")[1] == b"Host: localhost:81"
    assert second.requests == []
    assert len(answers) == 1


def test_the_next_address_is_tried_when_one_does_not_answer(serve: Serve) -> None:
    server = serve(ANSWER)
    gone = serve()
    gone.stop()
    addresses = found(("127.0.0.1", gone.port), ("127.0.0.1", server.port))
    endpoint = HttpHealthEndpoint(lookup=lambda *_: addresses)
    assert endpoint.get("http://localhost/", deadline_seconds=LONG).error is None


@pytest.mark.experiment("F41")
def test_a_resolver_that_hangs_is_left_at_the_deadline() -> None:
    release = threading.Event()

    def hang(_host: str, _port: int) -> Sequence[AddressInfo]:
        release.wait()
        return []

    response = HttpHealthEndpoint(lookup=hang).get("http://app.example/", deadline_seconds=SHORT)
    release.set()
    assert response.error == "the deadline of 0.3 s passed while resolving the host name"
    assert SHORT <= response.elapsed_seconds < SHORT * 10


def unknown(_host: str, _port: int) -> list[AddressInfo]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("host", "lookup"), [("app.example", unknown), ("a" * 64, system_lookup)], ids=["unknown", "impossible"]
)
def test_a_name_that_does_not_resolve_is_an_error(host: str, lookup: Lookup) -> None:
    response = HttpHealthEndpoint(lookup=lookup).get(f"http://{host}/", deadline_seconds=LONG)
    assert response.error == "the host name does not resolve"


def test_a_name_without_addresses_is_an_error() -> None:
    response = HttpHealthEndpoint(lookup=lambda *_: []).get("http://app.example/", deadline_seconds=LONG)
    assert response.error == "the host name has no address"
