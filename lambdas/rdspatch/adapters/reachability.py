"""Whether a name resolves, a port answers, and a server's certificate checks out: one question each."""

from __future__ import annotations

import errno
import ssl
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.lookup import open_to
from rdspatch.core.doctor.network import Certificate, Connected, Handshake, Obstacle

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from rdspatch.adapters.lookup import AddressInfo

CONNECT_SECONDS = 4.0
_PUBLIC_NAME = "commonName"


def addresses_of(found: Sequence[AddressInfo]) -> tuple[str, ...]:
    """The distinct addresses of a look-up, in its order."""
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def connect_to(found: Sequence[AddressInfo]) -> Connected:
    """Connect to the first address of a look-up that answers, and close the connection again."""
    start = time.monotonic()
    try:
        open_to(found, seconds=CONNECT_SECONDS).close()
    except OSError as error:
        return _failed(error, time.monotonic() - start)
    return Connected(seconds=time.monotonic() - start)


def handshake_on(plain: socket.socket, context: ssl.SSLContext, *, host: str) -> Handshake:
    """Do a TLS handshake on a connected socket, and close it.

    Raises:
        OSError: It failed; an `ssl.SSLError` when the certificate or the protocol was the reason.
    """
    with plain, context.wrap_socket(plain, server_hostname=host) as encrypted:
        return Handshake(version=encrypted.version() or "TLS", chain=_chain_of(encrypted))


def _chain_of(encrypted: ssl.SSLSocket) -> tuple[Certificate, ...]:
    # The public way to the whole chain came with Python 3.13, and gives undecoded bytes.
    inner: Any = encrypted._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    infos = [certificate.get_info() for certificate in inner.get_verified_chain() or ()]
    return tuple(_certificate(info) for info in infos or [encrypted.getpeercert() or {}])


def _certificate(info: Any) -> Certificate:
    seconds = ssl.cert_time_to_seconds(info["notAfter"])
    return Certificate(
        subject=_name(info.get("subject", ())),
        issuer=_name(info.get("issuer", ())),
        not_after=datetime.fromtimestamp(seconds, UTC),
    )


def _name(parts: Any) -> str:
    """The common name of a subject or issuer, else all of it."""
    pairs = [(key, value) for part in parts for key, value in part]
    common = [value for key, value in pairs if key == _PUBLIC_NAME]
    return ", ".join(common or [f"{key}={value}" for key, value in pairs]) or "somebody unnamed"


def _failed(error: OSError, seconds: float) -> Connected:
    if isinstance(error, TimeoutError):
        return Connected(seconds=seconds, obstacle=Obstacle.SILENT)
    if isinstance(error, ConnectionRefusedError):
        return Connected(seconds=seconds, obstacle=Obstacle.REFUSED)
    detail = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return Connected(seconds=seconds, obstacle=Obstacle.OTHER, detail=detail)
