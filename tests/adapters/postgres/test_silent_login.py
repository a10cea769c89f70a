"""A server that falls silent, or drips, at any step of the login is unreachable when the time for the login is over."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres.connection import open_connection
from rdspatch.core.errors import DatabaseUnreachable
from rdspatch.core.settings import Authentication, DatabaseSettings, Tls
from tests.adapters.postgres.conftest import SSL_REQUEST, Authority, Endpoint

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterator

WITHIN = timedelta(milliseconds=400)
STEPS = ("the answer about TLS", "the handshake", "the login", "the login, in drips")


@dataclass
class Silent(Endpoint):
    """Says nothing from a step on."""

    step: str = STEPS[0]

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            assert connection.recv(len(SSL_REQUEST)) == SSL_REQUEST
            if self.step != STEPS[0]:
                connection.sendall(self.answer)
            if self.step in STEPS[:2]:
                self.closing.wait()
                return
            context: ssl.SSLContext | None = self.tls
            assert context is not None
            with context.wrap_socket(connection, server_side=True) as encrypted:
                while not self.closing.wait(WITHIN.total_seconds() / 8):
                    if self.step == STEPS[3]:
                        encrypted.sendall(b"N" if self.received else b"R\x00\x00\x00\x08\x00\x00\x00\x00")
                        self.received += b"."


@pytest.fixture(params=STEPS)
def silent(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Silent]:
    server = Silent(b"S", authority.context(), step=request.param)
    yield server
    server.stop()


def test_it_is_unreachable_when_the_time_is_over(silent: Silent, authority: Authority) -> None:
    settings = DatabaseSettings(
        host="127.0.0.1",
        port=silent.port,
        name="app",
        authentication=Authentication.NONE,
        tls=Tls.VERIFY_FULL,
        ca_bundle=authority.bundle,
    )
    with pytest.raises(DatabaseUnreachable, match=r"no connection \(.*timed out\)"):
        open_connection(settings, GivenCredentials("patcher", "secret"), application="rdspatch:test", within=WITHIN)
