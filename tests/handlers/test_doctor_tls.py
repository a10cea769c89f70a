"""The doctor's whole way into a PostgreSQL that speaks TLS: name, port, certificate, login, catalogs."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.doctor.finding import Finding, State
from rdspatch.engine.doctor import examine
from rdspatch.handlers.doctor_looks import database_looks
from tests.samples import RUN
from tests.self_signed import certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres


class TlsInFront:
    """Answers the request for TLS, and passes on what is in it to the server's socket."""

    def __init__(self, context: ssl.SSLContext, target: str) -> None:
        self._context = context
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self._threads[-1].start()

    def _serve(self, plain: socket.socket) -> None:
        with suppress(OSError), plain, socket.socket(socket.AF_UNIX) as server:
            if not plain.recv(8):
                return  # somebody looked whether the port answers
            plain.sendall(b"S")
            server.connect(self._target)
            with self._context.wrap_socket(plain, server_side=True) as encrypted:
                back = threading.Thread(target=_pump, args=(server, encrypted))
                back.start()
                _pump(encrypted, server)
                back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def port(postgres_server: EmbeddedPostgres, tmp_path: Path) -> Iterator[int]:
    context, _ = certificate(tmp_path, days=40)
    front = TlsInFront(context, f"{postgres_server.socket_directory}/.s.PGSQL.{postgres_server.port}")
    yield front.port
    front.stop()


def examined(url: str) -> dict[str, Finding]:
    parsed, clock = parse_database_url(url), SystemClock()
    database = PostgresDatabase(parsed.settings, GivenCredentials(parsed.user, parsed.password))
    looks = database_looks(parsed.settings, database, clock=clock, run=RUN)
    return {one.check: one for one in examine(looks, clock=clock, time=timedelta(minutes=1))}


def test_every_step_of_the_way_is_taken(port: int, database_name: str, tmp_path: Path) -> None:
    found = examined(f"postgresql://postgres@localhost:{port}/{database_name}?sslrootcert={tmp_path / '40.pem'}")
    assert {name for name, one in found.items() if one.state is State.PROBLEM} == set()
    assert found["login"].state is found["ledger"].state is State.OK
    assert list(found)[:5] == ["endpoint", "dns", "tcp", "tls", "login"]
    assert "(40 days left)" in found["tls"].what


def test_without_the_right_authority_no_login_is_tried(port: int, database_name: str) -> None:
    found = examined(f"postgresql://postgres:CANARY@localhost:{port}/{database_name}")
    assert found["tls"].state is State.PROBLEM
    assert found["login"].what == "waits for tls"
    assert "CANARY" not in repr(found)
