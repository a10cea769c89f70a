"""A scratch server for the whole file run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.proof import ScratchServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres


@pytest.fixture(scope="session")
def scratch(postgres_server: EmbeddedPostgres) -> Iterator[ScratchServer]:
    server = ScratchServer(postgres_server.url("postgres"))
    yield server
    server.close()
