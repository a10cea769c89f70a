"""A database as the command line takes it: `postgresql://user:password@host:port/name?sslmode=…`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from rdspatch.core.errors import BadSettings, Problem
from rdspatch.core.settings import Authentication, DatabaseSettings, Tls, is_schema_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES = ("postgresql", "postgres")
_PARAMETERS = ("host", "owner_role", "port", "search_path", "sslmode", "sslrootcert", "trusted_roles")
_WHERE = "--database"
_PORT = re.compile(r"[0-9]{1,5}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAX_PORT = 65_535


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
    authorities, `search_path` a comma-separated list, `owner_role` the role that patches run as, and `trusted_roles` a
    comma-separated list of others whose objects and code patches may meet.

    Raises:
        BadSettings: With every problem; the password is in none of them.
    """
    parts = _split(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    in_url, _, port_in_url = _host_and_port(parts.netloc)
    host, port = query.get("host") or in_url, query.get("port") or port_in_url or "5432"
    name, user = unquote(parts.path.removeprefix("/")), unquote(parts.username or "")
    search_path = tuple(schema.strip() for schema in query.get("search_path", "public").split(","))
    problems = [
        *_problems(parts, query, user=user, host=host, name=name),
        *_port_problems(port),
        *_search_path_problems(search_path),
    ]
    tls = _tls(host, query.get("sslmode"))
    if tls is None:
        instead = "use verify-full; disable is for an address of this machine"
        problems.append(_problem(f"asks for sslmode={query['sslmode']} to {host}", instead))
    if problems or tls is None:
        raise BadSettings(problems)
    return DatabaseUrl(
        settings=DatabaseSettings(
            host=host,
            port=int(port),
            name=name,
            authentication=Authentication.NONE,
            tls=tls,
            ca_bundle=query.get("sslrootcert"),
            owner_role=query.get("owner_role"),
            search_path=search_path,
            trusted_roles=tuple(role.strip() for role in query.get("trusted_roles", "").split(",") if role.strip()),
        ),
        user=user,
        password=unquote(parts.password) if parts.password else None,
    )


def is_loopback(host: str) -> bool:
    """Whether a host is `localhost` or a literal loopback address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(url: str) -> SplitResult:
    """The URL's parts; of one that holds a password with a stray `/`, `?`, `#` or `[`, no part is shown."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = None  # the error quotes the URL
    if parts is None or parts.fragment or "@" in parts.path + parts.query:
        instead = "percent-encode user, password and name: @ is %40, / is %2F, ? is %3F, # is %23, [ is %5B"
        raise BadSettings([_problem("cannot be told apart into its parts", instead)]) from None
    return parts


def _host_and_port(netloc: str) -> tuple[str, str, str]:
    address = netloc.rpartition("@")[2]
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        return host, ":", rest.removeprefix(":")
    return address.partition(":")


def _problems(parts: SplitResult, query: Mapping[str, str], *, user: str, host: str, name: str) -> tuple[Problem, ...]:
    found = [
        _problem(f"has the unknown parameter {key!r}", f"known are {', '.join(_PARAMETERS)}")
        for key in query
        if key not in _PARAMETERS
    ]
    if parts.scheme not in _SCHEMES:
        found.append(_problem("is no PostgreSQL URL", "write postgresql://user:password@host:port/name"))
    if not host:
        found.append(_problem("names no host", "write one, or ?host=/directory/of/the/socket"))
    elif "," in host:
        found.append(_problem("names several hosts", "write the one that takes writes"))
    if not name:
        found.append(_problem("names no database", "write it after the host: /name"))
    if not user:
        found.append(_problem("names no user", "write it before the host: user@"))
    if any(_CONTROL.search(unquote(text)) for text in (parts.netloc, parts.path, parts.query)):
        found.append(_problem("holds a control character", "check what is percent-encoded in it"))
    return tuple(found)


def _port_problems(port: str) -> tuple[Problem, ...]:
    if _PORT.fullmatch(port) and 0 < int(port) <= _MAX_PORT:
        return ()
    # Not quoted: where the host is missing, the password stands in its place.
    return (_problem("has no number from 1 to 65535 as its port", "write postgresql://user:password@host:port/name"),)


def _search_path_problems(schemas: tuple[str, ...]) -> tuple[Problem, ...]:
    return tuple(
        _problem(f"has {schema!r} in its search_path", "list plain schema names")
        for schema in schemas
        if not is_schema_name(schema)
    )


def _tls(host: str, sslmode: str | None) -> Tls | None:
    """How the way to the host is protected; None when the URL asks for less than that."""
    if host.startswith("/"):
        return Tls.LOCAL_SOCKET
    if sslmode in (None, "verify-full"):
        return Tls.VERIFY_FULL
    return Tls.LOOPBACK if sslmode == "disable" and is_loopback(host) else None


def _problem(what: str, instead: str) -> Problem:
    return Problem(where=_WHERE, what=what, instead=instead)
