from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rdspatch.adapters.http import MAX_BODY_BYTES, HttpHealthEndpoint

Serve = Callable[..., Any]  # the fixture of conftest.py
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
OK_BODY = b'{"status": "ok"}'
LONG = 10.0  # a deadline that no test should come near
SHORT = 0.3


def whole(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_the_answer_comes_back_whole(serve: Serve) -> None:
    server = serve(whole(OK_BODY))
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert response.error is None
    assert (response.status, response.content_type, response.body, response.truncated) == (
        200,
        "application/json",
        OK_BODY,
        False,
    )
    assert 0 < response.elapsed_seconds < LONG


def test_the_request_says_what_it_is_and_nothing_more(serve: Serve) -> None:
    server = serve(whole(OK_BODY))
    HttpHealthEndpoint().get(server.url("/api/health?deep=1#part"), deadline_seconds=LONG)
    assert server.requests[0].split(b"\r\n") == [
        b"GET /api/health?deep=1 HTTP/1.1",
        b"Host: 127.0.0.1:%d" % server.port,
        b"Accept: application/json",
        b"Accept-Encoding: identity",
        b"Connection: close",
        b"User-Agent: rdspatch",
        b"",
        b"",
    ]


def test_a_proxy_of_the_environment_is_not_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server = serve(whole(OK_BODY))
    assert HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG).error is None


@pytest.mark.parametrize("chunks", [(b"10\r\n", OK_BODY, b"\r\n0\r\n\r\n"), (b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",)])
def test_a_chunked_body_is_put_together(serve: Serve, chunks: tuple[bytes, ...]) -> None:
    server = serve(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *chunks)
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert response.error is None
    assert response.body in (OK_BODY, b"{}")


def test_a_body_that_ends_with_the_connection_is_whole(serve: Serve) -> None:
    server = serve(HEAD + b"\r\n" + OK_BODY)
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert (response.body, response.error) == (OK_BODY, None)


@pytest.mark.experiment("F41")
@pytest.mark.parametrize(
    ("pieces", "endless", "phase"),
    [
        ((b"",), b"", "waiting for the answer"),
        ((b"HTTP/1.1 200 OK\r\nX: ",), b"a", "waiting for the answer"),
        ((), b"HTTP/1.1 100 Continue\r\n\r\n", "waiting for the answer"),
        ((HEAD + b"Content-Length: 9000\r\n\r\n",), b" ", "reading the body"),
        ((HEAD + b"\r\n",), b" ", "reading the body"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n",), b"1\r\n \r\n", "reading the body"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;",), b"x", "reading the body"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",), b"X: y\r\n", "reading the body"),
    ],
    ids=["silent", "header", "continue", "length", "no-length", "chunks", "extension", "trailer"],
)
def test_a_server_that_drips_is_left_at_the_deadline(
    serve: Serve, pieces: tuple[bytes, ...], endless: bytes, phase: str
) -> None:
    server = serve(*pieces, endless=endless, pause=0.02 if endless else LONG)
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=SHORT)
    assert not server.finished.is_set()
    assert response.error == f"the deadline of 0.3 s passed while {phase}"
    assert response.elapsed_seconds >= SHORT


def test_a_status_that_arrived_before_the_deadline_is_kept(serve: Serve) -> None:
    server = serve(HEAD + b"\r\n", endless=b" ", pause=0.02)
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=SHORT)
    assert response.status == 200
    assert response.error is not None


@pytest.mark.experiment("F41")
def test_an_endless_body_is_cut_at_64_kib(serve: Serve) -> None:
    server = serve(HEAD + b"Content-Length: 300000000\r\n\r\n", endless=b"a" * 65536)
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert not server.finished.is_set()
    assert response.truncated
    assert response.body == b"a" * MAX_BODY_BYTES
    assert response.error is None


@pytest.mark.parametrize(("size", "truncated"), [(MAX_BODY_BYTES, False), (MAX_BODY_BYTES + 1, True)])
def test_64_kib_is_the_last_size_that_is_read_whole(serve: Serve, size: int, *, truncated: bool) -> None:
    server = serve(whole(b"a" * size))
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert (len(response.body), response.truncated) == (MAX_BODY_BYTES, truncated)


@pytest.mark.experiment("F41")
@pytest.mark.parametrize(
    ("start", "endless"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Long: " + b"a" * 8000 + b"\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"a" * 65536),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 1000),
    ],
    ids=["headers", "continue", "negative-chunk", "trailers"],
)
def test_an_answer_without_end_is_left_long_before_the_deadline(serve: Serve, start: bytes, endless: bytes) -> None:
    server = serve(start, endless=endless)
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert response.error is not None
    assert response.error.startswith("the answer goes on past ")


@pytest.mark.experiment("F41")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            HEAD + b"Content-Length: 100\r\n\r\n" + OK_BODY,
            "the body ended 84 bytes short of its Content-Length",
        ),
        (HEAD + b"Content-Length: 100\r\n\r\n", "the body ended 100 bytes short of its Content-Length"),
        (
            HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nSECRET",
            "the server does not speak HTTP as it should (IncompleteRead)",
        ),
        (
            HEAD + b"Transfer-Encoding: chunked\r\n\r\nSECRET\r\n",
            "the server does not speak HTTP as it should (IncompleteRead)",
        ),
        (b"SSH-2.0-SECRET\r\n", "the server does not speak HTTP as it should (BadStatusLine)"),
        (b"", "Remote end closed connection without response"),
        (
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
            "the server does not speak HTTP as it should (HTTPException)",
        ),
    ],
)
def test_a_broken_answer_is_an_error_that_quotes_nothing(serve: Serve, answer: bytes, error: str) -> None:
    server = serve(answer)
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert response.error == error


@pytest.mark.experiment("F42")
def test_a_redirect_is_not_followed(serve: Serve) -> None:
    other = serve(whole(OK_BODY))
    redirect = b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % other.url().encode()
    server = serve(redirect)
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert (response.status, response.location, response.error) == (302, other.url(), None)
    assert other.requests == []


def test_the_body_of_another_status_is_not_waited_for(serve: Serve) -> None:
    server = serve(b"HTTP/1.1 503 Busy\r\nContent-Length: 9000\r\n\r\n", endless=b" ", pause=0.02)
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert (response.status, response.body, response.error) == (503, b"", None)


def test_a_port_where_nobody_listens_is_an_error(serve: Serve) -> None:
    server = serve()
    server.stop()
    response = HttpHealthEndpoint().get(server.url(), deadline_seconds=LONG)
    assert response.error == "Connection refused while connecting"


@pytest.mark.experiment("F42")
@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("file:///etc/passwd", "the URL is neither http nor https"),
        ("data:application/json,{}", "the URL is neither http nor https"),
        ("ftp://127.0.0.1/", "the URL is neither http nor https"),
        ("127.0.0.1/api/health", "the URL is neither http nor https"),
        ("http://bob:SECRET@127.0.0.1/", "the URL holds user information"),
        ("http://@127.0.0.1/", "the URL holds user information"),
        ("http:///api/health", "the URL names no host or no usable port"),
        ("http://127.0.0.1:0/", "the URL names no host or no usable port"),
        ("http://127.0.0.1:99999/", "the URL cannot be read"),
        ("http://[::1/", "the URL cannot be read"),
        ("http://127.0.0.1/a b", "the URL has a backslash or something else than visible ASCII"),
        ("http://127.0.0.1/\r\nX: y", "the URL has a backslash or something else than visible ASCII"),
        ("http://127.0.0.1\\@evil/", "the URL has a backslash or something else than visible ASCII"),
        ("http://ex\u00e4mple/", "the URL has a backslash or something else than visible ASCII"),
        ("", "the URL has a backslash or something else than visible ASCII"),
    ],
)
def test_a_url_that_is_not_plain_http_is_refused(url: str, error: str) -> None:
    assert HttpHealthEndpoint().get(url, deadline_seconds=LONG).error == error
