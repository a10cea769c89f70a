"""The database of a rehearsal: on a server of its own or on somebody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.database_url import parse_database_url
from rdspatch.core.errors import BadSettings
from rdspatch.rehearsal.database import rehearsal_database

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres

DATABASES = "SELECT count(*) FROM pg_database WHERE datname LIKE 'rdspatch_rehearsal_%'"


def test_on_somebodys_server_it_is_made_and_dropped_again(postgres_server: EmbeddedPostgres) -> None:
    with rehearsal_database("CREATE TABLE t (id int)", scratch=postgres_server.url("postgres"), major=None) as url:
        name = parse_database_url(url).settings.name
        with postgres_server.connect(name) as connection:
            assert connection.run("SELECT count(*) FROM t") == [[0]]
        with postgres_server.connect() as connection:
            assert connection.run(DATABASES) == [[1]]
    with postgres_server.connect() as connection:
        assert connection.run(DATABASES) == [[0]]


def test_a_baseline_that_the_server_does_not_take_names_others(postgres_server: EmbeddedPostgres) -> None:
    url = postgres_server.url("postgres")
    with (
        pytest.raises(BadSettings, match=r"postgis.*`--server 18`.*`--scratch URL`"),
        rehearsal_database("CREATE EXTENSION postgis", scratch=url, major=None),
    ):
        pass
    with postgres_server.connect() as connection:
        assert connection.run(DATABASES) == [[0]]


def test_a_server_behind_a_network_is_refused() -> None:
    with (
        pytest.raises(BadSettings, match="--scratch: leads over a network"),
        rehearsal_database("", scratch="postgresql://me:pw@db.example.com/mesh", major=None),
    ):
        pass
