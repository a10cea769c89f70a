"""The server that patches are proven on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from rdspatch.core.errors import BadSettings, Problem
from rdspatch.core.proven_on import majors as majors_of

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
def scratch_servers(urls: Sequence[str], majors: Sequence[int], named: Sequence[int]) -> Iterator[list[ScratchServer]]:
    """The servers to prove on, each of another major version, as long as the context.

    Args:
        urls: Of servers.
        majors: Versions of PostgreSQL to start beside them.
        named: The versions that the project names: started where neither is given; where it names several, a proof on
            fewer is refused.

    Raises:
        BadSettings: Two have the same version, one that the project names is missing, or as `scratch_server` raises it.
        DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: From connecting.
    """
    started: Sequence[int | None] = sorted(set(majors)) or ([] if urls else [*named] or [None])
    contexts = [*(scratch_server(url) for url in urls), *(scratch_server(None, major) for major in started)]
    with contextlib.ExitStack() as stack:
        with ThreadPoolExecutor(len(contexts)) as pool:
            servers = list(pool.map(stack.enter_context, contexts))
        _require_each_once(servers, named)
        yield servers


def _require_each_once(servers: Sequence[ScratchServer], named: Sequence[int]) -> None:
    versions = [server.major for server in servers]
    twice = sorted({major for major in versions if versions.count(major) > 1})
    if twice:
        what = f"PostgreSQL {twice[0]} is given twice"
        raise BadSettings([Problem(where="--scratch", what=what, instead="give one server of each major version")])
    missing = [] if len(named) == 1 else [major for major in named if major not in versions]
    if missing:
        what = f"[tool.rdspatch] names PostgreSQL {majors_of(missing)}, and none of the given servers is one"
        instead = "give one by another --scratch URL, or have one started by another --server"
        raise BadSettings([Problem(where="server", what=what, instead=instead)])


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
            instead = (
                "give a server of that version by --scratch URL, or leave the version out of `server` and --server"
            )
            raise BadSettings([replace(it, instead=it.instead or instead) for it in error.problems]) from None
        yield server
