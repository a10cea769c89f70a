"""What a function is told by its environment; parsed once, all problems together."""

from __future__ import annotations

import difflib
import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from rdspatch.core.errors import BadSettings, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "RDSPATCH_"
_TARGET = re.compile(r"[a-z][a-z0-9-]{0,62}")
_SCHEMA = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}")
_HOST = re.compile(r"/[^\x00-\x1f\x7f]*|[A-Za-z0-9_.-]+|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_PROXY_HOST = re.compile(r"\.proxy-[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com", re.IGNORECASE)
_VISIBLE = re.compile(r"[!-\[\]-~]+")
_HEALTH_URL_FORM = "write https://host/api/health"
_MAX_PORT = 65_535
DEFAULT_REPAIR_LIMIT, MAX_REPAIR_LIMIT = 10, 1_000
"""More missing than that is no drift but an accident, or the wrong artefact."""
_Member = TypeVar("_Member", bound=enum.Enum)


class Authentication(enum.Enum):
    """How a function proves to the database who it is."""

    SECRET = "secret"  # noqa: S105 - the name of a method, no secret
    IAM = "iam"
    NONE = "none"


class Tls(enum.Enum):
    """How the way to the database is protected."""

    VERIFY_FULL = "verify-full"
    """TLS, with the server's certificate and host name verified; nothing less over a network."""
    LOCAL_SOCKET = "local-socket"
    """A Unix socket on this machine; there is no network to protect."""
    LOOPBACK = "loopback"
    """Plain text to an address of this machine; for the command line and local servers only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Where the database is and how to get in."""

    host: str
    """A host name, or the directory of a Unix socket when `tls` is LOCAL_SOCKET."""
    port: int
    name: str
    authentication: Authentication
    tls: Tls
    secret_arn: str | None = None
    user: str | None = None
    ca_bundle: str | None = None
    """Path of a PEM file; None means the bundle that ships in the asset."""
    owner_role: str | None = None
    """The role that patches run as, so that objects belong to it and not to the login."""
    search_path: tuple[str, ...] = ("public",)
    trusted_roles: tuple[str, ...] = ()
    """Roles that are no strangers, although they cannot become the one that patches run as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatcherSettings:
    """The environment of the patcher."""

    target: str
    database: DatabaseSettings
    patches: str | None
    """The patch directory; None means the one that ships in the asset."""
    audit_table: str
    repair_limit: int
    """The most patches that one repair replays."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> PatcherSettings:
        """Parse the variables that start with `RDSPATCH_`.

        Raises:
            BadSettings: With every problem, unknown names among them.
        """
        reader = _Reader(environment)
        settings = cls(
            target=reader.matching("TARGET", _TARGET, "use a-z, 0-9 and -, starting with a letter"),
            database=_database(reader),
            patches=reader.optional("PATCHES"),
            audit_table=reader.required("AUDIT_TABLE"),
            repair_limit=reader.whole_number("REPAIR_LIMIT", DEFAULT_REPAIR_LIMIT, low=1, high=MAX_REPAIR_LIMIT),
        )
        reader.finish()
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """The environment of the health function."""

    url: str
    smoke_paths: tuple[str, ...]
    """Paths on the same origin that must answer 200."""
    statuses: frozenset[str]
    """Values of the JSON field `status` that mean healthy, in lower case."""
    attempts: int
    interval_seconds: float
    timeout_seconds: float
    """The total deadline of one request."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> HealthSettings:
        """Parse the variables that start with `RDSPATCH_HEALTH_`.

        Raises:
            BadSettings: With every problem, unknown names among them.
        """
        reader = _Reader(environment)
        settings = cls(
            url=_url(reader),
            smoke_paths=_paths(reader),
            statuses=_statuses(reader),
            attempts=reader.whole_number("HEALTH_ATTEMPTS", 5, low=1, high=20),
            interval_seconds=reader.number("HEALTH_INTERVAL_SECONDS", 5, low=0, high=60),
            timeout_seconds=reader.number("HEALTH_TIMEOUT_SECONDS", 5, low=0.1, high=30),
        )
        reader.finish()
        return settings


class _Reader:
    """Takes variables out of an environment and remembers what was wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
        self._read: set[str] = set()
        self.problems: list[Problem] = []

    def refuse(self, name: str, what: str, instead: str = "") -> None:
        self.problems.append(Problem(where=PREFIX + name, what=what, instead=instead))

    def optional(self, name: str) -> str | None:
        self._read.add(PREFIX + name)
        return self._values.get(PREFIX + name, "").strip() or None

    def required(self, name: str, why: str = "") -> str:
        value = self.optional(name)
        if value is None:
            self.refuse(name, "is missing" + (f" ({why})" if why else ""))
        return value or ""

    def matching(self, name: str, pattern: re.Pattern[str], instead: str) -> str:
        value = self.required(name)
        if value and not pattern.fullmatch(value):
            self.refuse(name, f"{value!r} is not accepted", instead)
        return value

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        text = self.optional(name)
        if text is None:
            return default
        value = float(text) if _NUMBER.fullmatch(text) else float("nan")
        if not low <= value <= high:
            self.refuse(name, f"{text!r} is not accepted", f"use a number from {low:g} to {high:g}")
            return default
        return value

    def whole_number(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.number(name, default, low=low, high=high)
        if value != int(value):
            self.refuse(name, f"{value:g} is not accepted", f"use a whole number from {low} to {high}")
        return int(value)

    def member(self, name: str, kind: type[_Member], default: _Member) -> _Member:
        text = self.optional(name)
        if text is None:
            return default
        try:
            return kind(text)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            self.refuse(name, f"{text!r} is not accepted", f"use one of {known}")
            return default

    def listed(self, name: str, default: str) -> tuple[str, ...]:
        text = self.optional(name) or default
        return tuple(item for part in text.split(",") if (item := part.strip()))

    def finish(self) -> None:
        known = sorted(self._read)
        for name in sorted(self._values.keys() - self._read):
            near = difflib.get_close_matches(name, known, n=1)
            instead = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            self.problems.append(Problem(where=name, what="is no setting of this function", instead=instead))
        if self.problems:
            raise BadSettings(self.problems)


def _database(reader: _Reader) -> DatabaseSettings:
    tls = reader.member("DATABASE_TLS", Tls, Tls.VERIFY_FULL)
    if tls is Tls.LOOPBACK:
        reader.refuse("DATABASE_TLS", "loopback is for the command line only", "use verify-full")
    authentication = reader.member("DATABASE_AUTH", Authentication, Authentication.SECRET)
    if authentication is Authentication.NONE and tls is not Tls.LOCAL_SOCKET:
        reader.refuse("DATABASE_AUTH", "none is for a local socket only", "use secret or iam")
    secret_arn, user = reader.optional("DATABASE_SECRET_ARN"), reader.optional("DATABASE_USER")
    if authentication is Authentication.SECRET and secret_arn is None:
        reader.refuse("DATABASE_SECRET_ARN", "is missing (DATABASE_AUTH is secret)")
    if authentication is not Authentication.SECRET and user is None:
        reader.refuse("DATABASE_USER", f"is missing (DATABASE_AUTH is {authentication.value})")
    return DatabaseSettings(
        host=_host(reader, tls),
        port=reader.whole_number("DATABASE_PORT", 5432, low=1, high=_MAX_PORT),
        name=reader.required("DATABASE_NAME"),
        authentication=authentication,
        tls=tls,
        secret_arn=secret_arn,
        user=user,
        ca_bundle=reader.optional("DATABASE_CA_BUNDLE"),
        owner_role=reader.optional("OWNER_ROLE"),
        search_path=_search_path(reader),
        trusted_roles=reader.listed("TRUSTED_ROLES", ""),
    )


def _host(reader: _Reader, tls: Tls) -> str:
    host = reader.required("DATABASE_HOST")
    if tls is Tls.VERIFY_FULL and host.startswith("/"):
        reader.refuse(
            "DATABASE_HOST", "is a socket directory, which has no TLS", "set RDSPATCH_DATABASE_TLS=local-socket"
        )
    if tls is Tls.LOCAL_SOCKET and host and not host.startswith("/"):
        reader.refuse("DATABASE_TLS", "local-socket is for a socket directory only", "use verify-full")
    if host and not _HOST.fullmatch(host):
        reader.refuse("DATABASE_HOST", f"{host!r} is no host name", "write it without scheme and port")
    if is_proxy_host(host):
        why = "is an RDS Proxy, which breaks session locks and settings"
        reader.refuse("DATABASE_HOST", why, "use the instance's or the cluster's writer endpoint")
    return host


def is_proxy_host(host: str) -> bool:
    """Whether a host name is the endpoint of an RDS Proxy."""
    return _PROXY_HOST.search(host) is not None


def _search_path(reader: _Reader) -> tuple[str, ...]:
    schemas = reader.listed("SEARCH_PATH", "public")
    if not schemas:
        reader.refuse("SEARCH_PATH", "names no schema", "write public")
    for schema in schemas:
        if not is_schema_name(schema):
            reader.refuse("SEARCH_PATH", f"{schema!r} is not accepted", "list plain schema names")
    return schemas


def is_target_name(text: str) -> bool:
    """Whether a text may be the name of a target."""
    return _TARGET.fullmatch(text) is not None


def is_schema_name(text: str) -> bool:
    """Whether a text is the plain name of one schema."""
    return _SCHEMA.fullmatch(text) is not None


def _url(reader: _Reader) -> str:
    url = reader.required("HEALTH_URL")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        reader.refuse("HEALTH_URL", "is no URL", _HEALTH_URL_FORM)
        return url
    if url and (not usable or not _VISIBLE.fullmatch(url)):
        reader.refuse("HEALTH_URL", "is no http(s) URL with a host", _HEALTH_URL_FORM)
    if parts.username is not None or parts.password is not None:
        reader.refuse("HEALTH_URL", "holds a user or password", "leave them out")
    return url


def _statuses(reader: _Reader) -> frozenset[str]:
    statuses = frozenset(status.lower() for status in reader.listed("HEALTH_STATUSES", "healthy,ok"))
    if not statuses:
        reader.refuse("HEALTH_STATUSES", "names no status", "write healthy,ok")
    return statuses


def _paths(reader: _Reader) -> tuple[str, ...]:
    paths = reader.listed("HEALTH_SMOKE_PATHS", "")
    for path in paths:
        if not path.startswith("/") or path.startswith("//"):
            reader.refuse("HEALTH_SMOKE_PATHS", f"{path!r} is no path", "write /api/projects/1")
    return paths
