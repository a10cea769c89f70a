"""A socket whose every read and write is held to one total deadline and a number of bytes."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer


class RefusedExchangeError(OSError):
    """The URL or the answer is not what we take; the message says why."""


class Deadline:
    """One total deadline, and what was under way when it passed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.phase = ""
        self._start = time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def remaining(self) -> float:
        """Seconds left, more than zero (which would mean "do not wait" to a socket).

        Raises:
            TimeoutError: none is left.
        """
        left = self.seconds - self.elapsed()
        if left <= 0:
            raise TimeoutError
        return left


class _Incoming(io.RawIOBase):
    """What the socket receives, with the deadline renewed before every read and a bound on the bytes."""

    def __init__(self, connection: socket.socket, deadline: Deadline, *, limit: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._received = 0
        self.limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._received >= self.limit:
            raise RefusedExchangeError(f"the answer goes on past {self.limit} bytes")
        self._connection.settimeout(self._deadline.remaining())
        received = self._connection.recv_into(buffer)
        self._received += received
        return received


class BoundedStream:
    """As much of a socket as `http.client` uses; closing is left to who opened the socket."""

    def __init__(self, connection: socket.socket, deadline: Deadline, *, limit: int) -> None:
        self.incoming = _Incoming(connection, deadline, limit=limit)
        self._connection = connection
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(self._deadline.remaining())
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self.incoming)

    def close(self) -> None:
        """Leave the socket open for the answer that is still to be read."""
