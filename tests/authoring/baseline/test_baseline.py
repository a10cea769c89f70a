"""The baseline of a database: whoever writes it, it makes the very schema, or it says what it does not make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pg8000.exceptions
import pytest

from rdspatch.authoring.baseline.via import Via
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.errors import BadInput
from tests.acceptance.schema_cases import BEFORE, CASES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.authoring.baseline.conftest import Take

pytestmark = pytest.mark.slow

AGGREGATE = "function app.product(integer)"
BOTH = pytest.mark.parametrize("via", Via)
_AWAY = ("DROP ", "RENAME", "SET SCHEMA", "DETACH")
HOSTILE = (
    "Mixed Case",
    'a"b',
    "it's",
    "; DROP TABLE victim; --",
    "%s %% :x {y}",
    "new\nline\ttab",
    "back\\slash",
    "日本 😀",
)
"""Names; the snapshot takes each apart and puts it together again."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[EmbeddedPostgres]:
    """A server with roles that the scratch server does not have."""
    with EmbeddedPostgres() as server:
        with server.connect() as connection:
            connection.run('CREATE ROLE tenant; CREATE ROLE "Ten ant"')
        yield server


def everything(server: EmbeddedPostgres, *away: str) -> tuple[str, ...]:
    """The statements of all cases that get along with each other, without those that have one of these words."""
    server.create_database("everything")
    taken = []
    with server.connect("everything") as connection:
        connection.run(BEFORE)
        for statement in CASES.values():
            if any(word in statement for word in (*_AWAY, *away)):
                continue
            try:
                connection.run(statement)
            except pg8000.exceptions.DatabaseError:
                continue
            taken.append(statement)
    server.drop_database("everything")
    assert len(taken) > 60
    return (BEFORE, *taken)


@BOTH
def test_a_schema_of_every_kind_of_object_comes_out_as_it_is(
    take: Take, postgres_server: EmbeddedPostgres, via: Via
) -> None:
    made = take(*everything(postgres_server), via=via)
    assert made.via is via
    assert made.unproven == ""
    assert made.missing == ((AGGREGATE,) if via is Via.SNAPSHOT else ())


@BOTH
def test_so_does_that_of_an_older_server(take: Take, older: EmbeddedPostgres, via: Via) -> None:
    identity_of_a_partition = "ADD GENERATED"  # which newer servers do not have
    made = take(*everything(older, identity_of_a_partition), server=older, via=via)
    assert (made.via, made.unproven) == (via, "")
    assert made.missing == ((AGGREGATE,) if via is Via.SNAPSHOT else ())


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_so_does_that_of_each_case_from_its_snapshot(take: Take, case: str) -> None:
    made = take(BEFORE, CASES[case], via=Via.SNAPSHOT)
    assert made.missing == ((AGGREGATE,) if case == "aggregate" else ())


@BOTH
def test_the_same_schema_gives_the_same_bytes(take: Take, via: Via) -> None:
    assert take(BEFORE, via=via).text == take(BEFORE, "ANALYZE", via=via).text


@BOTH
def test_what_does_not_belong_into_a_repository_is_left_out(take: Take, via: Via) -> None:
    made = take(
        "CREATE TABLE t (a int); INSERT INTO t VALUES (424242); COMMENT ON TABLE t IS 'comment'",
        "GRANT SELECT ON t TO PUBLIC; ALTER TABLE t OWNER TO pg_monitor",
        "CREATE SCHEMA rdspatch; CREATE TABLE rdspatch.ledger (a int)",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        "CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'u', password 'Xs3cretX')",
        via=via,
    )
    not_there = ["foreign server s", "foreign data wrapper w"] if via is Via.SNAPSHOT else []
    assert made.missing == (*not_there,)
    words = (
        "424242",
        "comment",
        "GRANT",
        "OWNER",
        "ledger",
        "Xs3cretX",
        "restrict",
        "Dumped",
        "PostgreSQL",
    )
    assert [word for word in words if word in made.text] == []
    assert re.findall(r"^SET .*|^--.*|set_config", made.text, re.MULTILINE) == [
        "-- The schema before the first patch, as `rdspatch baseline` found it.",
        *(["-- Not in this file, because nothing could write it:"] if not_there else []),
        *(f"-- {name}" for name in not_there),
        "SET check_function_bodies = false;",
    ]


@BOTH
def test_hostile_names_come_through_byte_for_byte(take: Take, via: Via) -> None:
    template = (
        "CREATE SCHEMA @; CREATE TYPE @.@ AS ENUM ('a'); CREATE SEQUENCE @.s;"
        "CREATE TABLE @.t (@ @.@ CONSTRAINT @ CHECK (@ IS NOT NULL), i int UNIQUE, p serial);"
        "CREATE INDEX @ ON @.t (@); ALTER TABLE @.t CLUSTER ON @, ADD FOREIGN KEY (p) REFERENCES @.t (i);"
        "CREATE TABLE @.parts (a int) PARTITION BY LIST (a);"
        "CREATE TABLE @.part PARTITION OF @.parts FOR VALUES IN (1);"
        "CREATE VIEW @.v AS SELECT @ FROM @.t; CREATE POLICY @ ON @.t USING (@ IS NOT NULL)"
    )
    tables = [template.replace("@", '"' + name.replace('"', '""') + '"') for name in HOSTILE]
    made = take("CREATE TABLE victim ()", *tables, via=via)
    assert (made.missing, made.unproven) == ((), "")


@BOTH
def test_the_roles_of_policies_are_made_where_they_lack(
    take: Take, elsewhere: EmbeddedPostgres, postgres_server: EmbeddedPostgres, via: Via
) -> None:
    made = take(
        "CREATE TABLE t (a int); CREATE POLICY p ON t TO tenant USING (a > 0); CREATE POLICY q ON t USING (true)",
        'CREATE POLICY r ON t FOR INSERT TO tenant, "Ten ant" WITH CHECK (a = 1)',
        server=elsewhere,
        via=via,
    )
    assert (made.missing, made.unproven) == ((), "")
    assert "WHERE rolname = 'tenant') THEN\n        CREATE ROLE tenant;" in made.text
    with postgres_server.connect() as connection:
        connection.run('DROP ROLE tenant; DROP ROLE "Ten ant"')


@BOTH
def test_what_every_new_database_has_is_dropped_where_it_was(take: Take, via: Via) -> None:
    made = take("DROP EXTENSION plpgsql; DROP SCHEMA public", via=via)
    assert (made.missing, made.unproven) == ((), "")


def test_a_table_and_a_function_that_need_each_other_are_made_from_the_snapshot(take: Take) -> None:
    made = take(
        "CREATE TABLE t (a int); CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION g() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t'",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (f(t) > 0), ALTER a SET DEFAULT f(NULL::t)",
        via=Via.SNAPSHOT,
    )
    assert (made.missing, made.unproven) == ((), "")


def test_materialized_views_can_be_read(take: Take, postgres_server: EmbeddedPostgres) -> None:
    made = take("CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE MATERIALIZED VIEW n AS SELECT * FROM m")
    assert made.via is Via.PG_DUMP
    postgres_server.create_database("read_views")
    with postgres_server.connect("read_views") as connection:
        connection.run(made.text)
        assert connection.run("SELECT a FROM n") == [[1]]
    postgres_server.drop_database("read_views")


def test_what_a_snapshot_cannot_write_is_said_in_the_file(take: Take) -> None:
    made = take(
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        "CREATE FOREIGN TABLE f (a int) SERVER s; CREATE TABLE kept (a int)",
        via=Via.SNAPSHOT,
    )
    missing = ("table public.f", "column public.f.a", "foreign server s", "foreign data wrapper w")
    assert made.missing == missing
    assert made.text.startswith(
        "-- The schema before the first patch, as `rdspatch baseline` found it.\n"
        "-- Not in this file, because nothing could write it:\n" + "".join(f"-- {name}\n" for name in missing) + "\n"
    )
    assert "CREATE TABLE public.kept" in made.text


def test_what_a_snapshot_does_not_know_is_named_and_what_an_extension_brings_is_not(take: Take) -> None:
    made = take(
        'CREATE EXTENSION citext; CREATE TABLE t (a int, b int); CREATE STATISTICS "St at" ON a, b FROM t',
        "CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = english); CREATE CAST (t AS int) WITH INOUT",
        via=Via.SNAPSHOT,
    )
    assert set(made.missing) == {
        "cast from public.t to integer",
        "event trigger e",
        "operator public.===(integer, integer)",
        'statistics public."St at"',
        "text search configuration public.c",
    }


def test_what_the_scratch_server_lacks_is_left_out_of_a_snapshot_and_said(take: Take) -> None:
    collation = "CREATE COLLATION odd (provider = libc, locale = 'C'); CREATE TABLE t (a text COLLATE odd)"
    made = take(collation, via=Via.SNAPSHOT)
    refused = 'CREATE TABLE public.t ( a text COLLATE public.odd ): collation "public.odd" for encoding "UTF8"'
    left_out = ("collation public.odd", "table public.t", "column public.t.a")
    assert made.missing == (f"{refused} does not exist (SQLSTATE 42704)", *left_out)
    assert made.unproven == ""


def test_a_dump_that_the_scratch_server_refuses_is_kept_and_called_unproven(
    take: Take, older: EmbeddedPostgres
) -> None:
    made = take("CREATE EXTENSION pgcrypto", server=older)
    assert "CREATE EXTENSION IF NOT EXISTS pgcrypto" in made.text
    assert made.unproven.startswith('PostgreSQL 18: extension "pgcrypto" is not available')


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 1", "there is none of version"),
        ("echo 'pg_dump (PostgreSQL) 14.2'", "there is none of version"),
    ],
)
def test_without_a_pg_dump_that_fits_the_snapshot_is_written(
    take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr("rdspatch.authoring.baseline.pg_dump.server_binaries", lambda *_: tmp_path)
    made = take("CREATE TABLE t (a int)", search=str(tmp_path))
    assert (made.via, made.missing) == (Via.SNAPSHOT, ())
    assert said in made.notes[0]
    with pytest.raises(BadInput, match=said):
        take("CREATE TABLE t (a int)", via=Via.PG_DUMP, search=str(tmp_path))
