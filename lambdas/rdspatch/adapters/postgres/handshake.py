"""The TLS handshake with a database, and nothing after it: no user name, no password, no SQL."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.connection import connect_failure, open_socket, tls_context, where
from rdspatch.adapters.postgres.waiting import Waiting
from rdspatch.adapters.reachability import CONNECT_SECONDS, handshake_on
from rdspatch.core.errors import DatabaseUnreachable, InsecureConnection

if TYPE_CHECKING:
    from rdspatch.core.doctor.network import Handshake
    from rdspatch.core.settings import DatabaseSettings

_SSL_REQUEST = struct.pack("!ii", 8, 80_877_103)


def shake_hands(settings: DatabaseSettings) -> Handshake:
    """Ask for TLS as PostgreSQL's protocol does, and verify the certificate as a login would.

    Raises:
        InsecureConnection: The server offers no TLS, or its certificate does not check out.
        DatabaseUnreachable: It cannot be connected to, or does not answer as PostgreSQL does.
    """
    context = tls_context(settings)
    waiting = Waiting()
    waiting.begin(timedelta(seconds=CONNECT_SECONDS))
    try:
        with open_socket(settings, waiting) as plain:
            plain.sendall(_SSL_REQUEST)
            answer = plain.recv(1)
            if answer == b"S":
                return handshake_on(plain, context, host=settings.host)
    except TimeoutError:
        what = f"the port takes connections and says nothing within {CONNECT_SECONDS:.0f} s"
        raise DatabaseUnreachable(f"{where(settings)}: {what}; check that PostgreSQL listens there") from None
    except OSError as error:
        raise connect_failure(settings, error) from None
    if answer == b"N":
        raise InsecureConnection(f"{where(settings)}: the server offers no TLS; switch ssl on there")
    raise DatabaseUnreachable(f"{where(settings)}: what answers is not PostgreSQL; check host and port")
