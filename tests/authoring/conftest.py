"""The real server: a connection to a database for each test file, and a scratch server for proofs."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pg8000.native
import pytest

from rdspatch.authoring.proof import ScratchServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres


@pytest.fixture(scope="module")
def connection(postgres_server: EmbeddedPostgres, request: pytest.FixtureRequest) -> Iterator[pg8000.native.Connection]:
    name = request.module.__name__.rpartition(".")[2]
    postgres_server.create_database(name)
    url = urlsplit(postgres_server.url(name))
    socket = {key: values[0] for key, values in parse_qs(url.query).items()}
    path = f"{socket['host']}/.s.PGSQL.{socket['port']}"
    with closing(pg8000.native.Connection(url.username, database=name, unix_sock=path)) as opened:
        yield opened
    postgres_server.drop_database(name)


@pytest.fixture(scope="module")
def scratch(postgres_server: EmbeddedPostgres) -> Iterator[ScratchServer]:
    """Closed with the file: while it is open, no other proof on the server drops the roles that proofs have made."""
    with closing(ScratchServer(postgres_server.url("postgres"))) as server:
        yield server
