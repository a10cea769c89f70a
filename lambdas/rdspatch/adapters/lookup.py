"""From a host's name to a connected socket, in a time that is given."""

from __future__ import annotations

import socket
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AddressInfo: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
Lookup: TypeAlias = "Callable[[str, int], Sequence[AddressInfo]]"


def system_lookup(host: str, port: int) -> Sequence[AddressInfo]:
    """The system's resolver; has no timeout of its own."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def look_up(host: str, port: int, *, timeout_seconds: float, lookup: Lookup) -> Sequence[AddressInfo]:
    """Resolve a name.

    The look-up runs in a daemon thread, because `getaddrinfo` cannot be interrupted: past the timeout its
    thread is left behind and its answer is dropped.

    Raises:
        TimeoutError: the resolver did not answer in time.
        OSError: the name does not resolve.
    """
    outcome: list[Sequence[AddressInfo] | OSError] = []

    def ask() -> None:
        try:
            outcome.append(lookup(host, port))
        except OSError as error:
            outcome.append(error)
        except UnicodeError:
            outcome.append(OSError("it cannot be a host's name"))

    asking = Thread(target=ask, name="rdspatch-lookup", daemon=True)
    asking.start()
    asking.join(timeout_seconds)
    if not outcome:
        raise TimeoutError("the name look-up took too long")
    (found,) = outcome
    if isinstance(found, OSError):
        raise found
    return found


def open_to(found: Sequence[AddressInfo], *, seconds: float) -> socket.socket:
    """A connection to the first address of a look-up that answers in its share of the time.

    Raises:
        OSError: of the last one.
    """
    failure: OSError = OSError("the name has no address")
    for family, kind, protocol, _, address in found:
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(seconds / len(found))
            opened.connect(address)
        except OSError as error:
            opened.close()
            failure = error
        else:
            return opened
    raise failure
