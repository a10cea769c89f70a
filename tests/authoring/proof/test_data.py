from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.proof.generated import ROWS, generate_rows
from rdspatch.core.proof import HazardKind
from tests.acceptance.value_cases import QUERIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.authoring.proof.one import Result
    from rdspatch.authoring.proof.scratch import ScratchDatabase, ScratchServer

ALLOWED = "allow: data-change because names were never longer"


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("ALTER TABLE users ALTER COLUMN name TYPE varchar(3) USING left(name, 3)", "public.users.name"),
        ("ALTER TABLE log_2027 ALTER COLUMN id TYPE bigint USING id * 2", "public.log_2027.id"),
        ("DO $$ BEGIN EXECUTE 'DELETE FROM log_2027'; END $$", "public.log_2027"),
        (
            "DO $$ BEGIN EXECUTE 'UPDATE users SET name = ''x'''; END $$",
            "public.users.created, public.users.name",  # a trigger notes the time
        ),
        ("ALTER TABLE jobs ALTER COLUMN done TYPE boolean USING NOT done", "public.jobs.done"),
    ],
)
def test_values_that_change_without_a_word_fail_the_proof(
    proven: Callable[..., Result], sql: str, columns: str
) -> None:
    drop = "DROP VIEW adults; DROP MATERIALIZED VIEW totals;"
    says = [str(problem) for problem in proven(sql, given=drop).problems]
    assert any(f"it changes values that were there before ({columns}) and says so nowhere" in text for text in says)
    allowed = [str(problem) for problem in proven(sql, ALLOWED, given=drop).problems]
    assert not any("says so nowhere" in text for text in allowed)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE users SET name = 'x' WHERE name <> 'x'",
        "DO $$ BEGIN DELETE FROM jobs; END $$",
        "ALTER TABLE log_2027 ALTER COLUMN id TYPE text",
        "ALTER TABLE log_2027 ALTER COLUMN at TYPE timestamp",
        "ALTER TABLE log_2027 ALTER COLUMN id TYPE numeric(20, 3)",
        "ALTER TABLE log_2027 RENAME COLUMN id TO number",
        "ALTER TABLE log_2027 RENAME TO log_later",
        "DROP TABLE log_2027",
    ],
)
def test_values_that_survive_or_are_changed_aloud_do_not(proven: Callable[..., Result], sql: str) -> None:
    result = proven(sql)
    assert result.after is not None
    assert not any("says so nowhere" in str(problem) for problem in result.problems)


def test_a_change_behind_a_functions_back_is_a_hazard(proven: Callable[..., Result]) -> None:
    result = proven("DO $$ BEGIN EXECUTE 'UPDATE users SET name = ''x'' WHERE name <> ''x'''; END $$", ALLOWED)
    assert result.problems == ()
    assert [(hazard.kind, hazard.on) for hazard in result.locked.hazards] == [(HazardKind.DATA, "public.users")]


def test_a_patch_that_refuses_generated_rows_is_proven_without_them_and_says_so(proven: Callable[..., Result]) -> None:
    result = proven("ALTER TABLE users ADD CONSTRAINT few CHECK (age < 3) NOT VALID; "
                    "ALTER TABLE users VALIDATE CONSTRAINT few; ALTER TABLE users DROP CONSTRAINT few")  # fmt: skip
    assert result.problems == ()
    assert [note for note in result.notes if "generated rows, which it refused: check constraint" in note]


def test_a_patch_that_the_server_refuses_fails_with_its_line(proven: Callable[..., Result]) -> None:
    result = proven("SELECT 1;\nALTER TABLE nowhere ADD COLUMN a text")
    assert result.after is None
    assert [str(problem) for problem in result.problems] == [
        '0001_test.sql:3: relation "nowhere" does not exist (SQLSTATE 42P01)'
    ]


def test_a_patch_may_return_any_value(proven: Callable[..., Result]) -> None:
    result = proven("; ".join(QUERIES))
    assert (result.problems, result.notes, result.after is None) == ((), (), False)


def test_every_table_of_the_cases_gets_rows(scratch: ScratchServer, template: ScratchDatabase) -> None:
    with scratch.database(template) as database, database.connect() as connection:
        assert generate_rows(connection) == ()
        for table in ("users", "jobs", "log_2026", "log_2027"):
            assert connection.execute(f"SELECT count(*) FROM {table}") == [[ROWS]]


DIFFICULT = {
    "checks": "CREATE TABLE x (a text NOT NULL CHECK (a IN ('it''s', 'b')), n integer CHECK (n BETWEEN 1 AND 5))",
    "keys to itself": "CREATE TABLE x (id integer PRIMARY KEY, up integer REFERENCES x)",
    "keys in a circle": "CREATE TABLE x (id integer PRIMARY KEY); "
    "CREATE TABLE y (id integer PRIMARY KEY, x integer REFERENCES x); ALTER TABLE x ADD y integer REFERENCES y",
    "keys of two": "CREATE TABLE y (a integer, b text, PRIMARY KEY (a, b)); "
    "CREATE TABLE x (a integer NOT NULL, b text NOT NULL, FOREIGN KEY (a, b) REFERENCES y)",
    "ids that are taken": "CREATE TABLE x (id serial PRIMARY KEY); INSERT INTO x VALUES (1), (2), (3)",
    "no columns": "CREATE TABLE x ()",
    "only generated": "CREATE TABLE x (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED ALWAYS AS (1) STORED)",
    "types": "CREATE TABLE x (a uuid NOT NULL, b jsonb NOT NULL, c inet NOT NULL, d text[] NOT NULL, "
    "e timestamptz NOT NULL, f interval NOT NULL, g bytea NOT NULL, h int4range NOT NULL, i char(3) NOT NULL, "
    "j bit(3) NOT NULL, k numeric(4, 1) NOT NULL, l time with time zone NOT NULL, m real NOT NULL, n boolean NOT NULL, "
    "o date NOT NULL, p smallint NOT NULL, q timestamp(3) NOT NULL, r varchar(2) NOT NULL, s point NOT NULL)",
    "domains and enums": "CREATE DOMAIN pos AS integer CHECK (VALUE > 0); CREATE TYPE tone AS ENUM ('hi', 'lo'); "
    "CREATE TABLE x (a pos NOT NULL, b tone NOT NULL, c tone[] NOT NULL)",
    "partitions": "CREATE TABLE p (k text, v integer) PARTITION BY LIST (k); "
    "CREATE TABLE x PARTITION OF p FOR VALUES IN ('one', 'two')",
    "hostile names": 'CREATE TABLE "x ""%s"" {}" ("a;--" integer NOT NULL, "select" text)',
}


@pytest.mark.parametrize("name", DIFFICULT)
def test_rows_are_found_for_difficult_tables(scratch: ScratchServer, name: str) -> None:
    with scratch.database() as database, database.connect() as connection:
        connection.execute(DIFFICULT[name])
        assert generate_rows(connection) == ()


def test_a_table_that_takes_no_row_is_named_with_the_reason(scratch: ScratchServer) -> None:
    with scratch.database() as database, database.connect() as connection:
        connection.execute("CREATE TABLE odd (a integer NOT NULL CHECK (a * a = 2))")
        (empty,) = generate_rows(connection)
        assert empty.name == "public.odd"
        assert empty.reason == 'new row for relation "odd" violates check constraint "odd_a_check"'
