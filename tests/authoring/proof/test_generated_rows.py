"""Rows for every table of a schema such as applications have it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.proof.generated import ROWS, EmptyTable, generate_rows, note_on
from rdspatch.authoring.proof.generated.patterns import UnknownPattern, alike, matching
from rdspatch.authoring.proof.rows import read_rows
from rdspatch.core.schema import effects_between
from tests.authoring.proof.cycles import CYCLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.one import Result
    from rdspatch.authoring.proof.scratch import ScratchServer

MANY_TABLES = (Path(__file__).parent / "schemas" / "many_tables.sql").read_text()
IMPOSSIBLE = {
    "public.elsewhere": "an INSERT puts no row into it",
    "public.needs_never": "there is no row of public.never that its foreign keys could name",
    "public.never": 'new row for relation "never" violates check constraint "never_check"',
}


def rows_of(connection: Connection) -> dict[str, list[tuple[str | None, ...]]]:
    return {table.name: [values for _, values in table.rows] for table in read_rows(connection).values()}


@pytest.mark.experiment("F60")
def test_every_table_gets_rows_the_same_ones_each_time_and_the_schema_stays(scratch: ScratchServer) -> None:
    found = []
    for _ in range(2):
        with scratch.database() as database:
            with database.connect() as connection:
                connection.execute(MANY_TABLES)
                before = database.read_schema()
                empty = generate_rows(connection)
                assert {table.name: table.reason for table in empty} == IMPOSSIBLE
                with database.connect_as_given() as everything:
                    found.append(rows_of(everything))
                firing = connection.execute("SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal")
                assert sorted(map(tuple, firing)) == [("guard", "A"), ("guard", "O")]
            assert effects_between(before, database.read_schema()) == ()
    assert found[0] == found[1]
    assert len(found[0]) >= 50
    short = {name: len(rows) for name, rows in found[0].items() if len(rows) < ROWS and name not in IMPOSSIBLE}
    assert short == {"public.one_of": 1}
    assert {row[0] for row in found[0]["public.hens"]} == {row[1] for row in found[0]["public.eggs"]} != set()


@pytest.mark.experiment("F60")
@pytest.mark.parametrize("name", CYCLES)
def test_a_cycle_of_foreign_keys_empties_no_table_and_holds_afterwards(scratch: ScratchServer, name: str) -> None:
    with scratch.database() as database, database.connect() as connection:
        connection.execute(CYCLES[name])
        before = database.read_schema()
        assert generate_rows(connection) == ()
        assert all(len(rows) == ROWS for rows in rows_of(connection).values())
        assert database.read_schema() == before
        # The server itself checks every key again.
        for (statement,) in connection.execute(
            "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s', "
            "conrelid::regclass, conname, conname, replace(pg_get_constraintdef(oid), ' NOT VALID', '')) "
            "FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
        ):
            connection.execute(statement)


@pytest.mark.experiment("F60")
def test_a_patch_that_meets_tables_of_a_cycle_is_not_rerunnable(proven: Callable[..., Result]) -> None:
    result = proven("UPDATE a SET b = b", given=CYCLES["neither"])
    assert "a second run is not without effect" in str(result.problems[0])


EMPTY_PARENT = "CREATE TABLE parent (id int PRIMARY KEY CHECK (id * id = 2)); CREATE TABLE child (id int, parent int)"


@pytest.mark.experiment("F60")
def test_a_guarded_backfill_from_a_table_that_stays_empty_here_is_no_problem(proven: Callable[..., Result]) -> None:
    fill = "UPDATE child SET parent = (SELECT min(id) FROM parent) WHERE parent IS NULL"
    empty_child = "UPDATE child SET parent = NULL; "
    result = proven(empty_child + fill, given=EMPTY_PARENT)
    assert [str(problem) for problem in result.problems] == []
    assert [table.name for table in result.empty] == ["public.parent"]
    # A value that changes each time is one all the same, and so is a table that is not named.
    other = proven(
        "UPDATE child SET id = id + 1 WHERE NOT EXISTS (SELECT FROM parent WHERE id = 5)", given=EMPTY_PARENT
    )
    assert "a second run is not without effect" in str(other.problems[0])
    unrelated = proven("UPDATE child SET id = id", given=EMPTY_PARENT)
    assert "a second run is not without effect" in str(unrelated.problems[0])


def test_tables_without_rows_are_one_line_by_their_reasons() -> None:
    tables = [EmptyTable("public.a", "why"), EmptyTable("public.b", "other"), EmptyTable("public.c", "why")]
    assert note_on(tables) == ("no rows could be generated for 3 tables: public.a, public.c (why); public.b (other)",)
    assert note_on([]) == ()
    many = [EmptyTable(f"public.t{number}", f"why {number}") for number in range(12)]
    assert note_on(many)[0].endswith("; public.t7 (why 7); 4 more reasons")


@pytest.mark.parametrize(
    "pattern",
    [
        "^T[0-9]{4}-[a-z]+$", r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "^(a|bc){2}x?$", r"^\d{3}-\w+$", "^[A-Z][A-Z0-9_]*$",
        "^#[0-9a-fA-F]{6}$", r"^(?:https?)://[^\s/]+", "^[a-z0-9]+(?:-[a-z0-9]+)*$", r"^\+?[1-9]\d{1,14}$", "^[]x]$",
        r"^[a\-z]$", "^.{3,}$", "^$|^x$", r"^[-+]?[0-9]*\.?[0-9]+$", r"^[0-9a-f]{64}$", r"^\(\d{3}\) \d{4}$",
        "^a{0,3}$",
    ],
)  # fmt: skip
def test_a_text_that_matches_a_pattern_is_found(pattern: str) -> None:
    texts = [matching(pattern, number) for number in range(1, 4)]
    assert all(re.search(pattern, text) for text in texts)


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1", "a{3000}", "(a", "[a", "*a"])
def test_a_pattern_that_is_not_known_is_said_to_be(pattern: str) -> None:
    with pytest.raises(UnknownPattern):
        matching(pattern, 1)


def test_so_is_one_for_like() -> None:
    assert (alike(r"a\_b%c_", 2), alike("plain", 1)) == ("a_bx2cx", "plain")
