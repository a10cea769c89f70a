"""The traps of every test tell of a run's sessions, whatever becomes of transaction and database; of no others."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pg8000.native
import pytest

from rdspatch.core.sessions import application_name
from tests.samples import RUN
from tests.trap import sprung

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres

CALLS = ("quote_ident('a'::name)", "public.to_regclass('a'::text)", "format_type('a_table'::regtype, NULL)")
SAME = "SELECT public.quote_ident('a b'::name) = pg_catalog.quote_ident('a b'), public.format_type(23::oid, NULL)"


def call(server: EmbeddedPostgres, database: str, application: str, sql: str) -> list[list[object]]:
    socket = f"{server.socket_directory}/.s.PGSQL.{server.port}"
    connection = pg8000.native.Connection("postgres", unix_sock=socket, database=database, application_name=application)
    with closing(connection):
        connection.run("BEGIN; CREATE TABLE a_table (id int)")
        rows: list[list[object]] = connection.run(sql)
        connection.run("ROLLBACK")
        return rows


@pytest.mark.parametrize("expression", CALLS)
def test_a_call_in_a_session_of_a_run_is_told(
    postgres_server: EmbeddedPostgres, database_name: str, expression: str
) -> None:
    call(postgres_server, database_name, application_name(RUN), f"SELECT {expression}")
    postgres_server.drop_database(database_name)
    assert len(sprung()) == 1
    assert sprung() == []


def test_a_call_in_another_session_is_answered_as_by_the_catalog(
    postgres_server: EmbeddedPostgres, database_name: str
) -> None:
    assert call(postgres_server, database_name, "psql", SAME) == [[True, "integer"]]
    assert sprung() == []
