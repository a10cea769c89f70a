"""How many queries are sent, however many patches there are."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.authoring.lock import lock
from rdspatch.authoring.proof.queries import StandingQueries
from rdspatch.authoring.proof.scratch import RUN
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.standing import standing_queries
from tests.authoring.patch_factory import patch_of

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres

PATCHES, TABLES = 1_000, 50


def text_of(number: int) -> str:
    table = f"t{number % TABLES}"
    query = f"SELECT count(*) = 0 FROM {table} WHERE c IS NULL"
    return f"-- patch: Number {number}.\n-- verify: {query}\nUPDATE {table} SET c = {number} WHERE c IS NULL;\n"


def test_a_thousand_patches_ask_what_each_of_them_names_and_everything_once_more(
    postgres_server: EmbeddedPostgres, database_name: str
) -> None:
    with postgres_server.connect(database_name) as connection:
        connection.run("".join(f"CREATE TABLE t{number} (c int);" for number in range(TABLES)))
    locked = lock([patch_of(text_of(number), f"{number:04}_n.sql") for number in range(1, PATCHES + 1)])
    url = parse_database_url(postgres_server.url(database_name))
    queries = StandingQueries(standing_queries(entry.patch for entry in locked))
    database = PostgresDatabase(url.settings, GivenCredentials(url.user, url.password))
    with closing(database.connect(RUN)) as session:
        for entry in locked:
            queries.follow(entry, session)
        assert queries.finish(session) == ()
    assert queries.problems == []
    of_its_table = sum(number // TABLES for number in range(PATCHES))
    assert queries.asked == PATCHES + of_its_table + PATCHES
    assert queries.asked < PATCHES * PATCHES / 50
