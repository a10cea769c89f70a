"""The server that patches are proven on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rdspatch.core.errors import BadSettings, Problem

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.authoring.proof import ScratchServer


@contextlib.contextmanager
def scratch_server(url: str | None, major: int | None = None) -> Iterator[ScratchServer]:
    """The server behind a URL, or one that lives as long as the context.

    Args:
        url: Of a server.
        major: Where no URL is given, the version of PostgreSQL to start, with all of its own extensions; it is
            downloaded the first time. None for the embedded one.

    Raises:
        BadSettings: The URL cannot be read, the version cannot be had, or the server did not start.
        DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: From connecting.
    """
    from rdspatch.authoring.proof import ScratchServer  # noqa: PLC0415 - needs the extra

    with contextlib.ExitStack() as stack:
        if url is None:
            url = stack.enter_context(_started(major)).url("postgres")
        try:
            server = ScratchServer(url)
        except BadSettings as error:
            raise BadSettings([replace(problem, where="--scratch") for problem in error.problems]) from None
        stack.callback(server.close)
        yield server


@contextlib.contextmanager
def _started(major: int | None) -> Iterator[EmbeddedPostgres]:
    from rdspatch.authoring.postgres_releases import throwaway_postgres  # noqa: PLC0415 - needs the extra
    from rdspatch.authoring.postgres_server import PostgresNotStarted  # noqa: PLC0415 - needs the extra

    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(throwaway_postgres(major))
        except (ModuleNotFoundError, PostgresNotStarted) as error:
            instead = "give a server by --scratch"
            raise BadSettings([Problem(where="the scratch server", what=str(error), instead=instead)]) from error
        except BadSettings as error:
            instead = "give a server of your own by --scratch URL, or leave --server out"
            raise BadSettings([replace(it, instead=it.instead or instead) for it in error.problems]) from None
        yield server
