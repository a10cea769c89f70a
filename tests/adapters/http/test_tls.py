from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.http import HttpHealthEndpoint

if TYPE_CHECKING:
    from pathlib import Path

Serve = Callable[..., Any]  # the fixture of conftest.py
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"status": "ok"}'
LONG = 10.0  # a deadline that no test should come near
SHORT = 0.3


def test_a_certificate_of_a_known_authority_for_the_right_name_is_accepted(
    serve: Serve,
    server_tls: tuple[ssl.SSLContext, Path],
) -> None:
    context, ca_file = server_tls
    server = serve(ANSWER, tls=context)
    endpoint = HttpHealthEndpoint(tls=ssl.create_default_context(cafile=str(ca_file)))
    response = endpoint.get(server.url(scheme="https", host="localhost"), deadline_seconds=LONG)
    assert (response.status, response.body, response.error) == (200, b'{"status": "ok"}', None)


@pytest.mark.experiment("F42")
def test_a_certificate_for_another_name_is_refused_and_nothing_is_sent(
    serve: Serve,
    server_tls: tuple[ssl.SSLContext, Path],
) -> None:
    context, ca_file = server_tls
    server = serve(ANSWER, tls=context)
    endpoint = HttpHealthEndpoint(tls=ssl.create_default_context(cafile=str(ca_file)))
    response = endpoint.get(server.url(scheme="https"), deadline_seconds=LONG)
    assert response.error is not None
    assert response.error.startswith("the server's certificate does not check out: IP address mismatch")
    assert server.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused_by_default(
    serve: Serve,
    server_tls: tuple[ssl.SSLContext, Path],
) -> None:
    server = serve(ANSWER, tls=server_tls[0])
    url = server.url(scheme="https", host="localhost")
    response = HttpHealthEndpoint().get(url, deadline_seconds=LONG)
    assert response.error == "the server's certificate does not check out: self-signed certificate"
    assert server.requests == []


def test_plain_http_behind_an_https_url_is_an_error(serve: Serve) -> None:
    server = serve(ANSWER)
    response = HttpHealthEndpoint().get(server.url(scheme="https"), deadline_seconds=LONG)
    assert response.error is not None
    assert response.error.startswith("TLS failed while in the TLS handshake: ")


@pytest.mark.experiment("F41")
def test_a_tls_handshake_that_hangs_is_left_at_the_deadline(serve: Serve) -> None:
    server = serve(b"", pause=LONG)
    response = HttpHealthEndpoint().get(server.url(scheme="https"), deadline_seconds=SHORT)
    assert not server.finished.is_set()
    assert response.error == "the deadline of 0.3 s passed while in the TLS handshake"


@pytest.mark.experiment("F41")
def test_a_tls_record_that_drips_is_left_at_the_deadline(serve: Serve) -> None:
    server = serve(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", endless=b"\x03", pause=0.02)
    response = HttpHealthEndpoint().get(server.url(scheme="https"), deadline_seconds=SHORT)
    assert response.error == "the deadline of 0.3 s passed while in the TLS handshake"


@pytest.mark.experiment("F41")
def test_a_body_that_drips_through_tls_is_left_at_the_deadline(
    serve: Serve,
    server_tls: tuple[ssl.SSLContext, Path],
) -> None:
    context, ca_file = server_tls
    server = serve(b"HTTP/1.1 200 OK\r\n\r\n", endless=b" ", pause=0.02, tls=context)
    endpoint = HttpHealthEndpoint(tls=ssl.create_default_context(cafile=str(ca_file)))
    url = server.url(scheme="https", host="localhost")
    response = endpoint.get(url, deadline_seconds=1.0)
    assert response.error == "the deadline of 1 s passed while reading the body"
