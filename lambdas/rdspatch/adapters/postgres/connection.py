"""Opening a connection: sockets that notice a dead peer, verified TLS, settings that no patch can reset."""

from __future__ import annotations

import contextlib
import socket
import ssl
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pg8000.dbapi
from pg8000.exceptions import DatabaseError, InterfaceError

from rdspatch.adapters.lookup import look_up, open_to, system_lookup
from rdspatch.adapters.postgres.readable import text_unless_readable, tolerant
from rdspatch.adapters.postgres.sqlstate import connect_error, is_login_refused
from rdspatch.adapters.postgres.waiting import Waiting, held_to
from rdspatch.core.errors import DatabaseUnreachable, InsecureConnection, RdspatchError
from rdspatch.core.session_settings import PINNED
from rdspatch.core.settings import DatabaseSettings, Tls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.ports import Credentials, Login

CONNECT_TIMEOUT_SECONDS = 10.0
"""From the look-up of the name to the end of the login."""
_GOODBYE = timedelta(seconds=1)
"""The server needs no goodbye: it sees the connection end."""
MAX_APPLICATION_NAME = 63
ASSET_CA_BUNDLE = Path(__file__).resolve().parents[3] / "rds-ca.pem"
"""The RDS certificate authorities, put beside the package when the asset is built."""

SESSION_SETTINGS: Mapping[str, str] = {
    # A killed client's statement would run on, and commit, without this (the server's default is 0).
    "client_connection_check_interval": "1s",
    # A partition ends the session after about 2 + 3 x 1 s; the server's default is minutes to hours.
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "5s",
    # A frozen Lambda still acknowledges packets; only this frees its run lock.
    "idle_session_timeout": "30s",
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "5s",
    "statement_timeout": "1min",
    "client_encoding": "UTF8",
    "client_min_messages": "warning",
    **PINNED,
}
"""Sent in the startup packet: `RESET ALL` goes back to these. All may be set by any user; PostgreSQL 14 or newer."""

UNCONVERTED = "SQL_ASCII"
"""A database's: bytes of an encoding that the server does not know. A client's: bytes as they are."""

_KEEPALIVE = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 30_000))


class QuietConnection(pg8000.dbapi.Connection):  # type: ignore[misc] # the driver is untyped
    """A connection that can always be closed, and that reads whatever the server answers.

    SQLAlchemy logs, as an error, why a broken connection could not be closed: with the text of the patch under way.
    """

    _client_encoding: str

    def __init__(self, *arguments: Any, waiting: Waiting, **options: Any) -> None:
        self.waiting = waiting
        """How long the server is waited for; the socket that was given is held to it."""
        super().__init__(*arguments, **options)
        self.pg_types = text_unless_readable()

    def handle_PARAMETER_STATUS(self, data: bytes, context: object) -> None:  # noqa: N802 - the driver's name
        super().handle_PARAMETER_STATUS(data, context)
        is_unconverted = self.parameter_statuses.get("client_encoding") == UNCONVERTED
        self._client_encoding = tolerant("utf8" if is_unconverted else self._client_encoding)

    def handle_NOTIFICATION_RESPONSE(self, data: bytes, context: object) -> None:  # noqa: N802 - the driver's name
        """Nobody listens; the driver would fail on a channel whose name is not ASCII."""

    def close(self) -> None:
        self.waiting.begin(_GOODBYE)
        unsent = getattr(self, "_sock", None)  # the driver closes what it could not even open
        with contextlib.suppress(InterfaceError, OSError):
            super().close()
        if unsent is not None:
            # The driver leaves its buffer open when the connection is broken, and from Python 3.13 on the buffer's
            # finalizer complains of that on standard error.
            with contextlib.suppress(OSError, ValueError):
                unsent.close()


def open_connection(
    settings: DatabaseSettings,
    credentials: Credentials,
    *,
    application: str,
    within: timedelta = timedelta(seconds=CONNECT_TIMEOUT_SECONDS),
) -> Any:
    """Connect and log in; a connection of the driver.

    A refused login is tried once more with a newly fetched secret, since a rotation may be under way.

    Args:
        settings: Where and how.
        credentials: Where the login comes from.
        application: The application name that other sessions see; cut to 63 characters.
        within: The longest that one login may take.

    Raises:
        DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: See their docstrings.
    """
    name = application[:MAX_APPLICATION_NAME]
    try:
        return _log_in(settings, credentials.fetch(), name, within)
    except DatabaseError as error:
        if not is_login_refused(response_of(error)):
            raise connect_error(response_of(error), where(settings)) from None
    try:
        return _log_in(settings, credentials.fetch(), name, within)
    except DatabaseError as error:
        raise connect_error(response_of(error), where(settings)) from None


def response_of(error: BaseException) -> Mapping[str, str]:
    """The fields of the server's error response, or nothing when the error holds none."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, dict) else {}


def where(settings: DatabaseSettings) -> str:
    return f"database {settings.name} at {settings.host}:{settings.port}"


def _log_in(settings: DatabaseSettings, login: Login, application: str, within: timedelta) -> Any:
    connection = _log_in_with(settings, login, application, SESSION_SETTINGS, within)
    if connection.parameter_statuses.get("server_encoding") == UNCONVERTED:
        # To a client of encoding UTF8 the server would refuse a name, a definition or a message that is no UTF-8.
        connection.close()
        unconverted = {**SESSION_SETTINGS, "client_encoding": UNCONVERTED}
        connection = _log_in_with(settings, login, application, unconverted, within)
    return connection


def _log_in_with(
    settings: DatabaseSettings, login: Login, application: str, parameters: Mapping[str, str], within: timedelta
) -> Any:
    waiting = Waiting()
    waiting.begin(within)
    tls: ssl.SSLContext | bool = False
    if settings.tls is Tls.VERIFY_FULL:
        tls = tls_context(settings)
        tls.sslsocket_class = held_to(waiting, ssl.SSLSocket)
    arguments: dict[str, Any] = {
        "host": settings.host,  # the name that the certificate has to bear
        "ssl_context": tls,
        "waiting": waiting,
        "database": settings.name,
        "password": login.password,
        "application_name": application,
        "startup_params": dict(parameters),
    }
    try:
        with contextlib.ExitStack() as unless_open:
            opened = open_socket(settings, waiting)
            unless_open.callback(opened.close)
            connection = QuietConnection(login.user, sock=opened, **arguments)
            unless_open.pop_all()
    except (OSError, InterfaceError) as error:
        refused = _refusal_behind(error)
        if refused is not None:
            raise refused from None
        raise connect_failure(settings, error) from error
    waiting.begin(None)
    return connection


def _refusal_behind(error: BaseException) -> DatabaseError | None:
    """The server's refusal, when the driver hid it behind its own failure to say goodbye on a closed socket."""
    hidden = error.__context__
    while hidden is not None and not isinstance(hidden, DatabaseError):
        hidden = hidden.__context__
    return hidden


def open_socket(settings: DatabaseSettings, waiting: Waiting) -> socket.socket:
    """A connected socket that is held to a wait, and notices a dead peer. Raises OSError."""
    kind = held_to(waiting, socket.socket)
    if settings.tls is Tls.LOCAL_SOCKET:
        path = f"{settings.host}/.s.PGSQL.{settings.port}"
        local = open_to([(socket.AF_UNIX, socket.SOCK_STREAM, 0, "", path)], seconds=_seconds(waiting))
        return kind(local.family, local.type, local.proto, fileno=local.detach())
    found = look_up(settings.host, settings.port, timeout_seconds=_seconds(waiting), lookup=system_lookup)
    plain = open_to(found, seconds=_seconds(waiting))
    opened = kind(plain.family, plain.type, plain.proto, fileno=plain.detach())
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        if hasattr(socket, option):
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return opened


def _seconds(waiting: Waiting) -> float:
    left = waiting.left()
    return CONNECT_TIMEOUT_SECONDS if left is None else left


def tls_context(settings: DatabaseSettings) -> ssl.SSLContext:
    """What the server's certificate is checked with. Raises InsecureConnection when the authorities cannot be read."""
    bundle = settings.ca_bundle or (str(ASSET_CA_BUNDLE) if ASSET_CA_BUNDLE.exists() else None)
    try:
        context = ssl.create_default_context(cafile=bundle)
    except (OSError, ssl.SSLError) as error:
        raise InsecureConnection(f"the CA bundle {bundle} cannot be read: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # From Python 3.13 on the default refuses certificates for their form too, such as one that does not name the key of
    # its authority. A server is to be judged alike on a laptop and in the function: by chain, name and dates.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def connect_failure(settings: DatabaseSettings, error: Exception) -> RdspatchError:
    """The error of ours for a connection that could not be made."""
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return InsecureConnection(
            f"{where(settings)}: the certificate does not check out: {cause.verify_message}; nothing was sent. "
            "Use the endpoint's own name and a CA bundle that signs it",
        )
    if isinstance(cause, ssl.SSLError):
        return InsecureConnection(f"{where(settings)}: no TLS could be agreed on: {cause.reason}; nothing was sent")
    if "refuses SSL" in str(error):
        return InsecureConnection(
            f"{where(settings)}: the server offers no TLS; nothing was sent. "
            "For a server on this machine add ?sslmode=disable"
        )
    return DatabaseUnreachable(
        f"{where(settings)}: no connection ({cause}); check that it runs, its security group and the route to it",
    )
