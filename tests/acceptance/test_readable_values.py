"""A patch or a `verify:` query may return any value; none of them ends a run or a proof."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.postgres.readable import tolerant
from rdspatch.authoring.baseline.make import make_baseline
from rdspatch.authoring.proof import ScratchServer
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.errors import BadInput, VerificationFailed
from rdspatch.core.lockfile import LockFile
from rdspatch.core.schema import ObjectKind, ObjectName
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.inspect import read_live_schema
from rdspatch.engine.verify import verify
from tests.acceptance.target import new_run, open_target
from tests.acceptance.value_cases import QUERIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.acceptance.target import Target


def test_a_patch_may_return_any_value(target: Target) -> None:
    target.patch("0001_a", ";\n".join((*QUERIES, "CREATE TABLE made (id integer)")))
    target.patch("0002_b", "INSERT INTO made VALUES (1)")
    assert target.results(target.apply()) == ["0001_a applied", "0002_b applied"]
    assert target.rows("SELECT id FROM made") == [[1]]


def test_a_query_may_return_any_value_and_is_then_not_true(target: Target) -> None:
    target.patch("0001_a", "SELECT 1", *(f"verify: {query}" for query in QUERIES))
    target.apply()
    with pytest.raises(VerificationFailed) as caught:
        target.verify()
    said = [problem.what for problem in caught.value.problems]
    assert [what for what in said if "returns" not in what and not what.endswith("is not true")] == []
    assert len(caught.value.problems) == len(QUERIES)


WORDS = {"SQL_ASCII": b"caf\xe9", "LATIN1": b"caf\xe9", "WIN1251": b"\xea\xee\xf4\xe5", "EUC_JP": b"\xa4\xa2"}
"""By encoding, in its own bytes; those of SQL_ASCII are no UTF-8."""


@pytest.fixture
def foreign(postgres_server: EmbeddedPostgres) -> Callable[[str], str]:
    """Makes a database of another encoding, with a row, a comment and a table's name outside of ASCII."""

    def make(encoding: str) -> str:
        name = f"encoding_{encoding.lower()}"
        with postgres_server.connect() as connection:
            connection.run(f"DROP DATABASE IF EXISTS {name}")
            connection.run(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
            )
        with postgres_server.connect(name) as connection:
            connection.run("SET client_encoding = SQL_ASCII")
            connection._client_encoding = "latin-1"  # bytes as they are
            word = WORDS[encoding].decode("latin-1")
            connection.run(f'CREATE TABLE "{word}" ("{word}" text DEFAULT \'{word}\'); CREATE TABLE plain (word text)')
            connection.run(f"INSERT INTO \"{word}\" DEFAULT VALUES; INSERT INTO plain VALUES ('{word}')")
            connection.run(f"COMMENT ON TABLE plain IS '{word}'; CREATE VIEW v AS SELECT '{word}'::text AS \"{word}\"")
        return name

    return make


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "WIN1251", "EUC_JP"])
def test_a_database_of_another_encoding_is_patched_and_verified(
    target: Target, postgres_server: EmbeddedPostgres, foreign: Callable[[str], str], encoding: str
) -> None:
    name = foreign(encoding)
    database = open_target(postgres_server.url(name))
    target.patch(
        "0001_a",
        "SELECT * FROM plain; SELECT * FROM v; ALTER TABLE plain ADD COLUMN IF NOT EXISTS a text",
        "verify: SELECT count(*) = 1 FROM plain",
    )
    target.patch("0002_b", "DO $$ BEGIN PERFORM (SELECT word FROM plain)::integer; END $$")
    report = target.apply_once(database=database, clock=SystemClock())
    assert target.results(report) == ["0001_a applied", "0002_b failed"], report.failure
    assert "SQLSTATE 22P02" in str(report.failure)
    run, lock = new_run(), LockFile(patches=target.patches)
    assert verify(lock, database=database, run=run, deadline=Deadline(SystemClock())) == ("0001_a",)
    with closing(database.connect(run)) as session:
        assert ObjectName(ObjectKind.COLUMN, ("public", "plain", "a")) in session.read_schema().objects


def test_a_baseline_of_bytes_that_no_file_can_hold_is_refused(
    postgres_server: EmbeddedPostgres, foreign: Callable[[str], str]
) -> None:
    url = postgres_server.url(foreign("SQL_ASCII"))
    schema = read_live_schema(open_target(url), new_run())
    server = ScratchServer(postgres_server.url("postgres"))
    with closing(server), pytest.raises(BadInput, match="bytes that are no UTF-8"):
        make_baseline(parse_database_url(url), schema, server, via=None, search=None)


def test_bytes_of_no_encoding_are_read_as_replacement_characters() -> None:
    assert str(b"caf\xe9", encoding=tolerant("utf8")) == "caf\N{REPLACEMENT CHARACTER}"
    assert "é".encode(tolerant("utf8")) == b"\xc3\xa9"
    assert tolerant(tolerant("utf8")) == tolerant("utf8")
