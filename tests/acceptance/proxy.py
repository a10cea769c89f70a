"""A Unix socket in front of PostgreSQL that counts messages and loses those that a test wants lost."""

from __future__ import annotations

import contextlib
import enum
import shutil
import socket
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Message = tuple[bytes, bytes]

_NAME = ".s.PGSQL.5432"
_LENGTH = 4
_QUERIES = (b"Q", b"P")  # a simple query, or the parse of an extended one: one round trip each
_READY = b"Z"


class Loss(enum.Enum):
    """What happens to a message."""

    REQUEST = "the server never sees the message, the connection breaks"
    REPLY = "the server has done all of it, and its answer is lost"
    SHUTDOWN = "57P01"
    LOCK_TIMEOUT = "55P03"
    DEADLOCK = "40P01"


class Silence(enum.Enum):
    """What happens to a message, and to all that follow it: the connection stays, and whoever sends is acknowledged."""

    REQUEST = "the server never sees the message"
    REPLY = "the server has done all of it, and nothing of its answer comes"
    HALF = "the server has done all of it, and only the beginning of its answer comes"


_REFUSALS = frozenset({Loss.SHUTDOWN, Loss.LOCK_TIMEOUT, Loss.DEADLOCK})
"""The server never sees the message, and the client gets an error with this SQLSTATE."""


@dataclass
class _Quiet:
    """Whether a connection has fallen silent, and whether an answer came in since."""

    kind: Silence | None = None
    has_begun: bool = False


class Proxy:
    """Use it as a context manager; `directory` is the host to connect to."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self.directory = Path(tempfile.mkdtemp(prefix="proxy-"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.queries: list[str] = []
        """The text of every query that a client sent."""
        self._losses: list[tuple[str, Loss | Silence]] = []
        self.at: dict[int, Loss | Silence] = {}
        """What happens to the query with this number, from 1."""
        self._last = 0
        self._for_good = ""
        self.before_query: Callable[[int], None] = lambda _number: None
        """Called with each query's number before the server sees it."""

    def __enter__(self) -> Self:
        self._listener.bind(str(self.directory / _NAME))
        self._listener.listen()
        self._start(self._accept)
        return self

    def __exit__(self, *_exception: object) -> None:
        for opened in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()
        for thread in self._threads:
            thread.join(timeout=10)
        shutil.rmtree(self.directory)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.directory}"

    def lose(self, part: str, *losses: Loss | Silence) -> None:
        """Break the connection, or fall silent, at each of the next queries that contain `part`, once for each loss."""
        self._losses += [(part, loss) for loss in losses]

    def lead_to(self, server: Path) -> None:
        """Connect clients that come from now on with another server."""
        self._server = server

    def lose_for_good(self, part: str, loss: Loss) -> None:
        """The same at the next such query, and from then on nobody can connect."""
        self._for_good = part
        self.lose(part, loss)

    def lose_for_good_at(self, number: int, loss: Loss) -> None:
        """The same at the query with this number."""
        self._last = number
        self.at[number] = loss

    @property
    def all_lost(self) -> bool:
        return not self._losses and not self.at

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type] # any callable
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        self._open.append(server)
        server.connect(str(self._server))
        lost, quiet = threading.Event(), _Quiet()
        self._start(self._answer, server, client, lost, quiet)
        with contextlib.suppress(OSError), client.makefile("rb") as stream:
            size = stream.read(_LENGTH)  # the startup packet has no type
            server.sendall(size + stream.read(int.from_bytes(size, "big") - _LENGTH))
            for kind, body in _messages(stream):
                if quiet.kind is not None:
                    continue
                loss = self._note(kind, body)
                if isinstance(loss, Silence):
                    quiet.kind = loss
                    if loss is Silence.REQUEST:
                        continue
                elif loss in _REFUSALS:
                    client.sendall(_refusal(loss.value))
                if loss in (Loss.REQUEST, Loss.SHUTDOWN):
                    break
                if loss in _REFUSALS:
                    continue
                if loss is Loss.REPLY:
                    lost.set()
                server.sendall(kind + body)
        _end(server if not lost.is_set() else None, client)

    def _answer(self, server: socket.socket, client: socket.socket, lost: threading.Event, quiet: _Quiet) -> None:
        with contextlib.suppress(OSError), server.makefile("rb") as stream:
            for kind, body in _messages(stream):
                if quiet.kind is not None:
                    if quiet.kind is Silence.HALF and not quiet.has_begun:
                        client.sendall((kind + body)[:_LENGTH])
                    quiet.has_begun = True
                elif not lost.is_set():
                    client.sendall(kind + body)
                elif kind == _READY:
                    break
        _end(server, client)

    def _note(self, kind: bytes, body: bytes) -> Loss | Silence | None:
        if kind not in _QUERIES:
            return None
        text = body[_LENGTH:].decode(errors="replace")
        self.queries.append(text)
        number = len(self.queries)
        self.before_query(number)
        if number == self._last or (self._for_good and self._for_good in text):
            (self.directory / _NAME).unlink(missing_ok=True)
        if number in self.at:
            return self.at.pop(number)
        if self._losses and self._losses[0][0] in text:
            return self._losses.pop(0)[1]
        return None


def _messages(stream: object) -> Iterator[Message]:
    read = stream.read  # type: ignore[attr-defined] # a binary stream
    while kind := read(1):
        size = read(_LENGTH)
        yield kind, size + read(int.from_bytes(size, "big") - _LENGTH)


def _refusal(sqlstate: str) -> bytes:
    """An ErrorResponse; after one that does not end the session, ReadyForQuery outside a transaction."""
    is_last = sqlstate == Loss.SHUTDOWN.value
    severity = "FATAL" if is_last else "ERROR"
    fields = "".join(f"{key}{value}\0" for key, value in (("S", severity), ("C", sqlstate), ("M", "on purpose")))
    body = fields.encode() + b"\0"
    error = b"E" + (len(body) + _LENGTH).to_bytes(_LENGTH, "big") + body
    return error if is_last else error + _READY + (_LENGTH + 1).to_bytes(_LENGTH, "big") + b"I"


def _end(*sockets: socket.socket | None) -> None:
    for opened in sockets:
        if opened is not None:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
