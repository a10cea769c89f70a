"""How the application reaches its database, and what it may say when that fails."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

ANSWER_TIMEOUT_SECONDS = 10.0
STATEMENT_TIMEOUT_MS = 5_000
DEFAULT_PORT = 5432
SOCKET_PARAMETERS = ("host", "port")

# Messages of these states name columns and tables only; those of other states may quote values out of rows.
SCHEMA_ERRORS = {"42703": "UndefinedColumn", "42P01": "UndefinedTable"}


class UnsupportedUrl(ValueError):
    """The database URL is not of a form that the application understands."""


def open_engine(database_url: str, *, timeout_seconds: float = ANSWER_TIMEOUT_SECONDS) -> Engine:
    """Return an engine for `postgresql://user:password@host:port/name`.

    `?host=/path` (and `&port=`) in place of the host name connects to the Unix socket in that directory.

    Every request opens a connection of its own (`NullPool`): a pooled one would keep statements that were
    prepared against the schema of an hour ago, and `/api/health` would not notice that no one can log in.

    Args:
        database_url: Where the database is, and who asks.
        timeout_seconds: The longest silence of the server; a statement is cancelled long before.

    Raises:
        UnsupportedUrl: The URL has another form.
    """
    url = make_url(database_url)
    _refuse_what_would_be_ignored(url)
    arguments: dict[str, Any] = {
        "application_name": "meshapp",
        "timeout": timeout_seconds,
        "startup_params": {"statement_timeout": str(STATEMENT_TIMEOUT_MS)},
    }
    directory = url.query.get("host")
    if directory is not None:
        arguments["unix_sock"] = f"{directory}/.s.PGSQL.{url.query.get('port', url.port or DEFAULT_PORT)}"
    plain = url.set(drivername="postgresql+pg8000").difference_update_query(SOCKET_PARAMETERS)
    return create_engine(plain, poolclass=NullPool, connect_args=arguments)


def reason_of(error: Exception) -> str:
    """Say why a query failed, without the statement and without a value of any row."""
    if not isinstance(error, DBAPIError):
        return f"DatabaseUnreachable: {type(error).__name__}"
    details = error.orig.args[0] if error.orig is not None and error.orig.args else None
    if not isinstance(details, dict):
        return "DatabaseUnreachable: no connection"
    sqlstate = details["C"]
    if sqlstate in SCHEMA_ERRORS:
        return f"{SCHEMA_ERRORS[sqlstate]}: {details['M']}"
    return f"DatabaseError: SQLSTATE {sqlstate}"


def _refuse_what_would_be_ignored(url: URL) -> None:
    if url.drivername not in {"postgresql", "postgres"}:
        raise UnsupportedUrl(f"the database URL begins with {url.drivername}://; write postgresql://")
    if not url.username:
        raise UnsupportedUrl("the database URL names no user; write postgresql://user@...")
    unknown = sorted(set(url.query).difference(SOCKET_PARAMETERS))
    if unknown:
        raise UnsupportedUrl(f"the database URL has parameters besides host and port: {', '.join(unknown)}")
    if "port" in url.query and "host" not in url.query:
        raise UnsupportedUrl("port= in the database URL goes with host=; write postgresql://user@host:port/name")
    directory = url.query.get("host", "/")
    if not isinstance(directory, str) or not directory.startswith("/"):
        raise UnsupportedUrl("host= in the database URL is for the absolute directory of one Unix socket")
