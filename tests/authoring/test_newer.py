"""What an older server reads otherwise: found by the parser alone, and held against servers of every version."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pg8000.exceptions
import pg8000.native
import pytest

from rdspatch.authoring.lock import lock
from rdspatch.authoring.postgres_releases import MAJORS, throwaway_postgres
from tests.authoring.patch_factory import HEADER, patch_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.core.newer_syntax import NewerSyntax

NEWEST = MAJORS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """SQL with a place that older servers read otherwise."""

    sql: str
    line: int = 2
    since: int = 16
    instead: str


CASES = {
    "underscores": Case(sql="SELECT 100_000", instead="write 100000"),
    "hexadecimal": Case(sql="SELECT 0x1F", instead="write 31"),
    "binary, octal": Case(sql="SELECT 0B101;\nSELECT 0o17", instead="write 5"),
    "underscore after the prefix": Case(sql="SELECT 0x_1_F", instead="write 31"),
    "a fraction": Case(sql="SELECT 1_0.5_0", instead="write 10.50"),
    "an exponent": Case(sql="SELECT 1e1_0", instead="write 1e10"),
    "a later line": Case(sql="SELECT 'é',\n  /* 1_0 */ 1_0", line=3, instead="write 10"),
    "a DO block": Case(sql="DO $$\nBEGIN\n  PERFORM 1_0;\nEND $$", line=4, instead="write 10"),
    "a declaration": Case(sql="DO $$ DECLARE a int := 1_0; BEGIN END $$", instead="write 10"),
    "a function": Case(
        sql="CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$\nBEGIN RETURN 1_0; END $f$",
        line=3,
        instead="write 10",
    ),
    "a function in SQL": Case(sql="CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1_0'", instead="write 10"),
    "a body of SQL": Case(sql="CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1_0", instead="write 10"),
    "a text that is run": Case(sql="DO $$ BEGIN\nEXECUTE 'SELECT 1_0'; END $$", line=3, instead="write 10"),
    "a text that is formatted": Case(
        sql="DO $$ BEGIN EXECUTE pg_catalog.format('ALTER TABLE %I ADD c int DEFAULT 1_0', 't'); END $$",
        instead="write 10",
    ),
    "a text in dollars": Case(sql="DO $$ BEGIN EXECUTE $x$\nSELECT 1_0 $x$; END $$", line=3, instead="write 10"),
    "the login": Case(sql="SELECT system_user", instead="write session_user"),
    "JSON_VALUE": Case(
        sql="SELECT json_value(a, '$') FROM t", since=17, instead="write it with functions of the older version"
    ),
    "JSON_ARRAY": Case(sql="SELECT json_array(1)", instead="write it with functions of the older version"),
}

ALIKE = {
    "numbers of every version": "SELECT 100000, 0.5, 1e10, 007, .5",
    "a text": "SELECT '100_000', '0x1F', $$1_0$$, E'1_0', 'system_user'",
    "names": 'SELECT a_1, x1_0, "1_0", _000, "system_user" FROM t',
    "comments": "SELECT 1 -- 1_0\n/* 0x1F */",
    "a text in a body that nobody runs": "DO $$ BEGIN PERFORM '1_0'; RAISE NOTICE '0x1F'; END $$",
    "an argument of a format": "DO $$ BEGIN EXECUTE format('SELECT %L', '1_0'); END $$",
    "a function in C": "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '0x1F', '1_0'",
    "json_object of an array": "SELECT json_object('{a,b}'::text[])",
    "a cast to json": "SELECT json('1')",
    "a table of that name": "CREATE TABLE json_value (id int)",
}


def found_in(text: str) -> tuple[NewerSyntax, ...]:
    return lock([patch_of(text)])[0].newer


@pytest.mark.parametrize("name", CASES)
def test_what_an_older_server_reads_otherwise_is_found_with_line_and_what_to_write(name: str) -> None:
    case = CASES[name]
    first, *_ = found_in(f"{HEADER}{case.sql};\n")
    assert (first.line, first.since, first.instead) == (case.line, case.since, case.instead)


@pytest.mark.parametrize("name", ALIKE)
def test_what_every_version_reads_alike_is_left_alone(name: str) -> None:
    assert found_in(f"{HEADER}{ALIKE[name]};\n") == ()


def test_a_query_that_verifies_is_looked_at_too() -> None:
    found = found_in(f"{HEADER}-- verify: SELECT count(*) < 1_0 FROM t\nSELECT 1;\n")
    assert [(place.line, place.instead) for place in found] == [(2, "write 10")]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[int, pg8000.native.Connection]]:
    with contextlib.ExitStack() as stack:
        started = {major: stack.enter_context(throwaway_postgres(major)) for major in MAJORS}
        yield {major: stack.enter_context(server.connect()) for major, server in started.items()}


def answer(connection: pg8000.native.Connection, sql: str) -> Any:
    """The rows, or that the server refuses."""
    connection.run("BEGIN")
    try:
        return connection.run(sql)
    except pg8000.exceptions.DatabaseError:
        return "refused"
    finally:
        connection.run("ROLLBACK")


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_servers_themselves_say_from_which_version_on_it_is_read_as_now(
    servers: dict[int, pg8000.native.Connection], name: str
) -> None:
    case, table = CASES[name], "CREATE TEMP TABLE t (a jsonb) ON COMMIT DROP; INSERT INTO t VALUES ('1')"
    call = "; SELECT f()" if "FUNCTION f()" in case.sql else ""
    answers = {}
    for major, connection in servers.items():
        connection.run("DISCARD ALL")
        answers[major] = answer(connection, f"{table}; {case.sql}{call}")
    assert answers[NEWEST] != "refused"
    assert all(answers[major] != "refused" for major in MAJORS if major >= case.since)
    assert answers[MAJORS[1]] == "refused"


@pytest.mark.slow
def test_the_oldest_server_reads_another_number_without_an_error(servers: dict[int, pg8000.native.Connection]) -> None:
    """The reason for all of this; where a version does not do so any more, the texts are to be told so."""
    for number, oldest, newest in (("100_000", 100, 100_000), ("0x1F", 0, 31), ("1.5_0", "1.5", "1.50")):
        found = [servers[major].run(f"SELECT {number}")[0][0] for major in (MAJORS[0], NEWEST)]
        assert [type(oldest)(value) for value in found] == [oldest, newest]
