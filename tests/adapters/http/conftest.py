"""Real servers on 127.0.0.1, well-behaved and not."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.self_signed import certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


@dataclass
class Server:
    """A real server on 127.0.0.1 that sends pieces, and knows whether it got to the end of them."""

    pieces: Callable[[], Iterable[bytes]]
    pause: float = 0.0
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    finished: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def __post_init__(self) -> None:
        self.port = int(self.listener.getsockname()[1])
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def url(self, path: str = "/api/health", *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def stop(self) -> None:
        self.closing.set()
        self.thread.join()
        self.listener.close()

    def run(self) -> None:
        self.listener.settimeout(0.02)
        while not self.closing.is_set():
            with suppress(OSError):  # the client leaves when it has seen enough
                self._serve(self.listener.accept()[0])

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            if self.tls is not None:
                with self.tls.wrap_socket(connection, server_side=True) as encrypted:
                    self._answer(encrypted)
            else:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        self.requests.append(connection.recv(65536))
        for piece in self.pieces():
            connection.sendall(piece)
            if self.closing.wait(self.pause):
                return
        self.finished.set()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers that send `pieces`, then `endless` again and again; they stop after the test."""
    servers: list[Server] = []

    def start(*pieces: bytes, endless: bytes = b"", pause: float = 0.0, tls: ssl.SSLContext | None = None) -> Server:
        def script() -> Iterator[bytes]:
            yield from pieces
            while endless:
                yield endless

        servers.append(Server(pieces=script, pause=pause, tls=tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server_tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server side for the name `localhost`, and the file of the authority that vouches for it."""
    folder = tmp_path_factory.mktemp("tls")
    context, _ = certificate(folder, days=1)
    return context, folder / "1.pem"
