"""Sockets whose peer is waited for until a moment and no longer, however it spends the time.

A peer that acknowledges and says nothing is alive to TCP, so neither keepalive nor a user timeout ends the wait; and
a socket's own timeout starts anew with every byte.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import socket
    from datetime import timedelta


_Socket = TypeVar("_Socket", bound="socket.socket")


class Waiting:
    """Until when the peer of one connection is waited for; for ever where nothing has been said."""

    def __init__(self) -> None:
        self._ends_at: float | None = None

    def begin(self, longest: timedelta | None) -> None:
        """Begin to wait, at most so long; None for ever."""
        self._ends_at = None if longest is None else time.monotonic() + longest.total_seconds()

    def left(self) -> float | None:
        """Seconds left, more than zero (which would mean "do not wait" to a socket), or None.

        Raises:
            TimeoutError: None is left.
        """
        if self._ends_at is None:
            return None
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


def ran_out(error: BaseException | None) -> bool:
    """Whether an error, or what the driver made it of, is the end of a wait; one with a number is the kernel's own."""
    causes = (error, error.__cause__) if error is not None else ()
    return any(isinstance(cause, TimeoutError) and cause.errno is None for cause in causes)


def held_to(waiting: Waiting, kind: type[_Socket]) -> type[_Socket]:
    """A kind of socket whose every exchange ends with the wait; `kind` may be TLS's."""

    class Held(kind):  # type: ignore[misc,valid-type] # mypy takes no variable for a base
        def recv(self, *arguments: Any) -> bytes:
            self.settimeout(waiting.left())
            received: bytes = super().recv(*arguments)
            return received

        def recv_into(self, *arguments: Any) -> int:
            self.settimeout(waiting.left())
            return int(super().recv_into(*arguments))

        def send(self, *arguments: Any) -> int:
            self.settimeout(waiting.left())
            return int(super().send(*arguments))

        def sendall(self, *arguments: Any) -> None:
            self.settimeout(waiting.left())
            super().sendall(*arguments)

        def do_handshake(self, *arguments: Any) -> None:
            self.settimeout(waiting.left())
            super().do_handshake(*arguments)

    return Held
