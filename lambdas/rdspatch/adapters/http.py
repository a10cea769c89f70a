"""One GET that ends by its deadline, whatever the other side does.

`http.client` parses; the socket under it is ours, because its own timeout starts anew with every byte.
Redirects, proxies, compression and any scheme but http and https are not there to be switched off.
"""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass, replace
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from rdspatch.adapters.addresses import resolve
from rdspatch.adapters.bounded_stream import BoundedStream, Deadline, RefusedExchangeError
from rdspatch.adapters.lookup import system_lookup
from rdspatch.core.health import HealthResponse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.adapters.lookup import AddressInfo, Lookup

MAX_BODY_BYTES: Final = 64 * 1024
MAX_HEAD_BYTES: Final = 64 * 1024
MAX_WIRE_BYTES: Final = 256 * 1024
"""Head and body with chunk sizes and their extensions, which are no part of the body."""

_OK: Final = 200
_PORTS: Final = {"http": 80, "https": 443}
# No space, no control character, no backslash: parsers disagree on what they mean.
_VISIBLE: Final = re.compile(r"[!-\[\]-~]+")


class HttpHealthEndpoint:
    """The `HealthEndpoint` of production.

    Args:
        tls: how https servers are verified; by default with the system's authorities, host name checked.
        lookup: the resolver.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, lookup: Lookup = system_lookup) -> None:
        self._given_tls = tls
        self._lookup = lookup

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context()  # reads files: not before the first https URL

    def get(self, url: str, *, deadline_seconds: float) -> HealthResponse:
        """Ask for `url`; name look-up, connect, TLS, head and body together take at most `deadline_seconds`.

        The body is read for status 200 only and cut at 64 KiB. Never raises for what the URL, the network or
        the server does: `error` says it, in words that hold nothing the server sent.
        """
        deadline = Deadline(deadline_seconds)
        try:
            response = self._exchange(_Address.parse(url), deadline)
        except (OSError, HTTPException, ValueError) as error:
            response = HealthResponse(error=_trouble(error, deadline))
        return replace(response, elapsed_seconds=deadline.elapsed())

    def _exchange(self, address: _Address, deadline: Deadline) -> HealthResponse:
        deadline.phase = "resolving the host name"
        found = resolve(address.host, address.port, timeout_seconds=deadline.remaining(), lookup=self._lookup)
        deadline.phase = "connecting"
        with _connect(found, deadline) as plain:
            if address.scheme == "http":
                return _ask(plain, address, deadline)
            deadline.phase = "in the TLS handshake"
            plain.settimeout(deadline.remaining())
            with self._tls.wrap_socket(plain, server_hostname=address.host) as encrypted:
                return _ask(encrypted, address, deadline)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    scheme: str
    host: str
    port: int
    authority: str  # what the Host header says
    target: str  # path and query

    @classmethod
    def parse(cls, url: str) -> _Address:
        if not _VISIBLE.fullmatch(url):
            raise RefusedExchangeError("the URL has a backslash or something else than visible ASCII")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise RefusedExchangeError("the URL cannot be read") from None
        if parts.scheme not in _PORTS:
            raise RefusedExchangeError("the URL is neither http nor https")
        if "@" in parts.netloc:
            raise RefusedExchangeError("the URL holds user information")
        if not parts.hostname or port == 0:
            raise RefusedExchangeError("the URL names no host or no usable port")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            authority=parts.netloc,
            target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        )


def _connect(found: Sequence[AddressInfo], deadline: Deadline) -> socket.socket:
    """Connect to the first address that answers, each with its share of the time."""
    failure: OSError = RefusedExchangeError("the host name has no address")
    for position, (family, kind, protocol, _, address) in enumerate(found):
        share = deadline.remaining() / (len(found) - position)
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(share)
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def _ask(connection: socket.socket, address: _Address, deadline: Deadline) -> HealthResponse:
    deadline.phase = "waiting for the answer"
    stream = BoundedStream(connection, deadline, limit=MAX_HEAD_BYTES)
    client = HTTPConnection(address.host, address.port)
    client.sock = cast("Any", stream)
    client.request("GET", address.target, headers=_headers(address))
    with client.getresponse() as answer:
        response = HealthResponse(
            status=answer.status,
            content_type=answer.getheader("Content-Type") or "",
            location=answer.getheader("Location") or "",
        )
        if answer.status != _OK:
            return response
        deadline.phase = "reading the body"
        stream.incoming.limit = MAX_WIRE_BYTES
        try:
            body = _read_body(answer)
        except (OSError, HTTPException, ValueError) as error:
            return replace(response, error=_trouble(error, deadline))
    return replace(response, body=body[:MAX_BODY_BYTES], truncated=len(body) > MAX_BODY_BYTES)


def _headers(address: _Address) -> dict[str, str]:
    return {
        "Host": address.authority,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "rdspatch",
    }


def _read_body(answer: HTTPResponse) -> bytes:
    """One byte more than the cap at most; `http.client` itself is silent about a body that ends early."""
    body = answer.read(MAX_BODY_BYTES + 1)
    if len(body) <= MAX_BODY_BYTES and answer.length:
        raise RefusedExchangeError(f"the body ended {answer.length} bytes short of its Content-Length")
    return body


def _trouble(error: Exception, deadline: Deadline) -> str:
    """What went wrong, without a word of the server's."""
    match error:
        case TimeoutError(errno=None):  # with an errno it is the kernel's own limit
            return f"the deadline of {deadline.seconds:g} s passed while {deadline.phase}"
        case ssl.SSLCertVerificationError():
            return f"the server's certificate does not check out: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failed while {deadline.phase}: {error.reason}"
        case OSError():
            return f"{error.strerror or error} while {deadline.phase}" if error.errno else str(error)
        case _:
            return f"the server does not speak HTTP as it should ({type(error).__name__})"
