"""The databases that baselines are taken from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.baseline.make import Baseline, make_baseline
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.database_url import parse_database_url
from rdspatch.engine.inspect import read_live_schema
from tests.acceptance.target import new_run, open_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.baseline.via import Via
    from rdspatch.authoring.proof import ScratchServer
    from rdspatch.core.schema import Schema

OLDER = Path("/usr/lib/postgresql/15/bin")

Take = Callable[..., Baseline]


@pytest.fixture(scope="session")
def older() -> Iterator[EmbeddedPostgres]:
    """PostgreSQL 15, where the machine has it."""
    if not (OLDER / "postgres").exists():
        pytest.skip(f"no PostgreSQL 15 in {OLDER}")
    with EmbeddedPostgres(binaries=OLDER) as server:
        yield server


@pytest.fixture
def take(scratch: ScratchServer, postgres_server: EmbeddedPostgres) -> Iterator[Take]:
    """Takes the baseline of a database that some SQL has made."""
    used: list[tuple[EmbeddedPostgres, str]] = []

    def run(
        *statements: str, via: Via | None = None, server: EmbeddedPostgres | None = None, search: str | None = None
    ) -> Baseline:
        home = server or postgres_server
        name = f"taken_{len(used)}"
        home.create_database(name)
        used.append((home, name))
        with home.connect(name) as connection:
            for statement in statements:
                connection.run(statement)
        url = home.url(name)
        return make_baseline(parse_database_url(url), snapshot(url), scratch, via=via, search=search)

    yield run
    for home, name in used:
        home.drop_database(name)


def snapshot(url: str) -> Schema:
    return read_live_schema(open_target(url), new_run())
