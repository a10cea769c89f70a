"""The way to a host, look by look; needs neither a database driver's login nor an AWS client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rdspatch.adapters.addresses import RefusedAddressError
from rdspatch.adapters.lookup import system_lookup
from rdspatch.adapters.reachability import addresses_of, connect_to
from rdspatch.core.doctor.finding import Finding, ok, problem
from rdspatch.core.doctor.network import judge_addresses, judge_connection, judge_endpoint, judge_handshake
from rdspatch.core.settings import Tls
from rdspatch.engine.doctor import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rdspatch.adapters.lookup import AddressInfo
    from rdspatch.core.doctor.network import Handshake
    from rdspatch.core.settings import DatabaseSettings
    from rdspatch.ports import Clock


def way_to_host(host: str, port: int, look_up: Callable[[], Sequence[AddressInfo]]) -> tuple[Look, Look]:
    """Name and port.

    Args:
        host: The name, for people.
        port: The port.
        look_up: The resolver's question; may raise OSError.
    """

    def resolve() -> Sequence[Finding]:
        try:
            return [judge_addresses(host, addresses_of(look_up()))]
        except RefusedAddressError as error:
            return [problem("dns", str(error), "let the name lead to the application's own address")]
        except OSError:
            return [judge_addresses(host, ())]

    def connect() -> Sequence[Finding]:
        found = look_up()
        return [judge_connection(port, addresses_of(found), connect_to(found))]

    return Look(checks=("dns",), take=resolve), Look(checks=("tcp",), take=connect, needs=("dns",))


def handshake_look(shake_hands: Callable[[], Handshake], clock: Clock) -> Look:
    """The certificate; a handshake that fails raises an error that says why."""
    return Look(
        checks=("tls",),
        take=lambda: [judge_handshake(shake_hands(), now=clock.now())],
        needs=("tcp",),
    )


def way_to_database(settings: DatabaseSettings, clock: Clock) -> tuple[Look, ...]:
    """Endpoint, name, port and certificate of a database; of a local socket, that it is there."""
    if settings.tls is Tls.LOCAL_SOCKET:
        return (Look(checks=("tcp", "tls"), take=lambda: _judge_socket(settings)),)
    from rdspatch.adapters.postgres.handshake import shake_hands  # noqa: PLC0415 - the health function has no driver

    host, port = settings.host, settings.port
    plain = ok("tls", f"none: {host} is this machine")
    secured = handshake_look(lambda: shake_hands(settings), clock)
    return (
        Look(checks=("endpoint",), take=lambda: [judge_endpoint(host)]),
        *way_to_host(host, port, lambda: system_lookup(host, port)),
        Look(checks=("tls",), take=lambda: [plain], needs=("tcp",)) if settings.tls is Tls.LOOPBACK else secured,
    )


def _judge_socket(settings: DatabaseSettings) -> Sequence[Finding]:
    path = Path(settings.host) / f".s.PGSQL.{settings.port}"
    if path.is_socket():
        return [ok("tcp", f"none: the socket {path} is there"), ok("tls", "none: a socket stays on this machine")]
    wrong = problem("tcp", f"there is no socket {path}", "correct directory and port, or start the server")
    return [wrong, ok("tls", "none: a socket stays on this machine")]
