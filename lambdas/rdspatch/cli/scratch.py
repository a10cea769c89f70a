"""The server that patches are proven on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rdspatch.core.errors import BadSettings, Problem

if TYPE_CHECKING:
    from rdspatch.authoring.proof import ScratchServer


@contextlib.contextmanager
def scratch_server(url: str | None) -> Iterator[ScratchServer]:
    """The server behind a URL, or an embedded one that lives as long as the context.

    Raises:
        BadSettings: The URL cannot be read, or the embedded server did not start.
        DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: From connecting.
    """
    from rdspatch.authoring.postgres_server import EmbeddedPostgres, PostgresNotStarted  # noqa: PLC0415 - the extra
    from rdspatch.authoring.proof import ScratchServer  # noqa: PLC0415 - needs the extra

    with contextlib.ExitStack() as stack:
        if url is None:
            try:
                embedded = stack.enter_context(EmbeddedPostgres())
            except (ModuleNotFoundError, PostgresNotStarted) as error:
                instead = "give a server by --scratch"
                raise BadSettings([Problem(where="rdspatch lock", what=str(error), instead=instead)]) from error
            url = embedded.url("postgres")
        try:
            server = ScratchServer(url)
        except BadSettings as error:
            raise BadSettings([replace(problem, where="--scratch") for problem in error.problems]) from None
        stack.callback(server.close)
        yield server
