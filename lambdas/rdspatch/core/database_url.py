"""A database as the command line takes it: `postgresql://user:password@host:port/name?sslmode=…`."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from rdspatch.core.errors import BadSettings, Problem
from rdspatch.core.settings import Authentication, DatabaseSettings, Tls

_SCHEMES = ("postgresql", "postgres")
_PARAMETERS = ("host", "owner_role", "port", "search_path", "sslmode", "sslrootcert")
_WHERE = "--database"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrl:
    """What a URL says: where the database is, and the login."""

    settings: DatabaseSettings
    user: str
    password: str | None = field(repr=False)


def parse_database_url(url: str) -> DatabaseUrl:
    """Read a database URL.

    `host` as a parameter is the directory of a Unix socket, as with libpq. Over a network the only `sslmode` is
    `verify-full`; `sslmode=disable` is taken for an address of this machine. `sslrootcert` is a file of certificate
    authorities, `search_path` a comma-separated list, `owner_role` the role that patches run as.

    Raises:
        BadSettings: With every problem; the password is in none of them.
    """
    problems: list[Problem] = []
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    port = _port(parts.netloc, query.get("port"), problems)
    host = query.get("host") or (parts.hostname or "")
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in _SCHEMES:
        problems.append(_problem("is no PostgreSQL URL", "write postgresql://user:password@host:port/name"))
    problems += [
        _problem(f"has the unknown parameter {key!r}", f"known are {', '.join(_PARAMETERS)}")
        for key in query
        if key not in _PARAMETERS
    ]
    if not host:
        problems.append(_problem("names no host", "write one, or ?host=/directory/of/the/socket"))
    if not name:
        problems.append(_problem("names no database", "write it after the host: /name"))
    if not parts.username:
        problems.append(_problem("names no user", "write it before the host: user@"))
    tls = _tls(host, query.get("sslmode"), problems)
    if problems:
        raise BadSettings(problems)
    return DatabaseUrl(
        settings=DatabaseSettings(
            host=host,
            port=port,
            name=name,
            authentication=Authentication.NONE,
            tls=tls,
            ca_bundle=query.get("sslrootcert"),
            owner_role=query.get("owner_role"),
            search_path=tuple(query.get("search_path", "public").split(",")),
        ),
        user=unquote(parts.username or ""),
        password=unquote(parts.password) if parts.password else None,
    )


def _port(netloc: str, parameter: str | None, problems: list[Problem]) -> int:
    _, _, in_netloc = netloc.rpartition("@")[2].rpartition(":")
    text = parameter or (in_netloc if in_netloc.isdigit() else "") or "5432"
    if not text.isdigit() or not 0 < int(text) < 65_536:  # noqa: PLR2004 - the range of ports
        problems.append(_problem(f"has the port {text!r}", "use a number from 1 to 65535"))
        return 0
    return int(text)


def _tls(host: str, sslmode: str | None, problems: list[Problem]) -> Tls:
    if host.startswith("/"):
        return Tls.LOCAL_SOCKET
    if sslmode in (None, "verify-full"):
        return Tls.VERIFY_FULL
    if sslmode == "disable" and is_loopback(host):
        return Tls.LOOPBACK
    instead = "use verify-full; disable is for an address of this machine"
    problems.append(_problem(f"asks for sslmode={sslmode} to {host}", instead))
    return Tls.VERIFY_FULL


def is_loopback(host: str) -> bool:
    """Whether a host is `localhost` or a literal loopback address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _problem(what: str, instead: str) -> Problem:
    return Problem(where=_WHERE, what=what, instead=instead)
