"""A type that holds less: what the proof says, held against rows whose column really changes its type."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.extremes import EXTREMES
from rdspatch.authoring.proof.narrowing import what_is_lost
from rdspatch.authoring.proof.state import read_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.scratch import ScratchServer
    from rdspatch.authoring.proof.state import Column

GIVEN = """
CREATE TYPE mood AS ENUM ('good', 'it''s bad');
CREATE TYPE fewer AS ENUM ('good');
CREATE TYPE more AS ENUM ('worse', 'good', 'it''s bad');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN plain AS integer;
"""


@pytest.fixture(scope="module")
def connection(scratch: ScratchServer) -> Iterator[Connection]:
    with scratch.database() as database, database.connect() as connection:
        connection.execute(GIVEN)
        yield connection


def loss(connection: Connection, before: str, after: str) -> str | None:
    with connection.rolled_back():
        connection.execute(f"CREATE TABLE x (a {before}, b {after})")
        columns: dict[str, Column] = {it.name: it for it in read_state(connection).columns.values()}
        return what_is_lost(connection, columns["a"], columns["b"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("integer", "double precision"),
        ("integer", "bigint"),
        ("integer", "numeric(12,2)"),
        ("integer", "numeric(65,30)"),
        ("smallint", "real"),
        ("real", "double precision"),
        ("bigint", "numeric"),
        ("char(8)", "varchar(8)"),
        ("char(8)", "text"),
        ("varchar(20)", "varchar(50)"),
        ("varchar(20)", "text"),
        ("text", "varchar"),
        ("jsonb", "json"),
        ("numeric(8,2)", "numeric(10,2)"),
        ("numeric(8,2)", "numeric(12,4)"),
        ("timestamp(0)", "timestamp(3)"),
        ("timestamp", "timestamptz"),
        ("cidr", "inet"),
        ("bit(8)", "varbit"),
        ("integer[]", "bigint[]"),
        ("varchar(3)[]", "text[]"),
        ("mood", "text"),
        ("mood", "more"),
        ("plain", "integer"),
        ("positive", "integer"),
        ("positive", "bigint"),
        ("integer", "plain"),
        ("integer", "text"),
        ("uuid", "text"),
        ("boolean", "integer"),
    ],
)
def test_a_type_that_holds_every_value_is_not_narrower(connection: Connection, before: str, after: str) -> None:
    assert loss(connection, before, after) is None


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("bigint", "integer", "-9223372036854775808 does not fit"),
        ("bigint", "double precision", "9223372036854775807 does not fit"),
        ("integer", "real", "16777217 is refused or comes back as 16777216"),
        ("integer", "numeric(5,0)", "16777217 does not fit"),
        ("bigint", "numeric(3,0)", "16777217 does not fit"),
        ("double precision", "numeric", "0.30000000000000004 is refused or comes back as 0.3"),
        ("double precision", "real", "0.1 is refused or comes back as 0.10000000149011612"),
        ("numeric", "double precision", None),
        ("varchar(20)", "varchar(10)", "xxxxxxxxxxxxxxxxxxxx is refused or comes back as xxxxxxxxxx"),
        ("text", "varchar(10)", None),
        ("text", "name", None),
        ("varchar(20)", "char(20)", "' a ' is refused or comes back as ' a'"),
        ("numeric(8,2)", "numeric(8,4)", "999999.99 does not fit"),
        ("numeric(8,2)", "numeric(10,1)", None),
        ("timestamptz", "date", None),
        ("date", "timestamp", "5874897-12-31 does not fit"),
        ("json", "jsonb", None),
        ("text", "integer", None),
        ("integer", "boolean", "-1 is refused or comes back as 1"),
        ("bigint[]", "integer[]", None),
        ("mood", "fewer", "it's bad does not fit"),
        ("integer", "positive", "0 does not fit"),
        ("timestamp", "timestamp(0)", None),
        ("macaddr8", "macaddr", "08:00:2b:01:02:03:04:05 does not fit"),
    ],
)
def test_a_type_that_loses_a_value_is_narrower_and_the_value_is_named(
    connection: Connection, before: str, after: str, why: str | None
) -> None:
    found = loss(connection, before, after)
    assert found is not None
    assert why is None or found == why


PAIRS = """
SELECT format_type(c.castsource, NULL), format_type(c.casttarget, NULL)
FROM pg_cast c JOIN pg_type s ON s.oid = c.castsource JOIN pg_type t ON t.oid = c.casttarget
WHERE c.castcontext IN ('i', 'a', 'e') AND s.typtype = 'b' AND t.typtype = 'b' AND c.castsource <> c.casttarget
  AND c.castsource::regtype::text NOT LIKE 'reg%' AND c.casttarget::regtype::text NOT LIKE 'reg%'
  AND c.castsource::regtype::text NOT LIKE 'pg\\_%' AND c.casttarget::regtype::text NOT LIKE 'pg\\_%'
"""
"""Every pair of types that the server itself can cast, but for names of its own objects and its own statistics."""
MORE = {
    "bigint": ("4611686018427387905", "123456789"),
    "double precision": ("123456.789", "1e22"),
    "integer": ("123456789", "33554433"),
    "numeric": ("123456789012345678901234567890.123456789", "32768"),
    "text": ("t", "12", "2024-01-01"),
    "timestamp without time zone": ("2026-06-01 12:00:00.5", "1999-12-31 23:59:59.999999"),
    "timestamp with time zone": ("2026-06-01 12:00:00.5+02",),
}
"""Rows that the proof does not know. The server here has no xml."""


@pytest.mark.slow
def test_what_is_said_of_every_pair_of_types_is_what_happens_to_rows(connection: Connection) -> None:
    pairs = [(before, after) for before, after in connection.execute(PAIRS) if "xml" not in (before, after)]
    assert len(pairs) > 100
    said = {pair: loss(connection, *pair) is not None for pair in pairs}
    assert said == {pair: lost(connection, *pair) for pair in pairs}


def lost(connection: Connection, before: str, after: str) -> bool:
    """Whether a row is refused on the way to the other type, or is another one when it has come back."""
    for value in itertools.chain(EXTREMES.get(before, ()), MORE.get(before, ())):
        with connection.rolled_back():
            try:
                connection.execute(f"CREATE TABLE x AS SELECT {literal(value)}::{before} AS a")
            except Refused:
                continue
            was = connection.execute("SELECT a::text FROM x")
            try:
                for column_type in (after, before):
                    change(connection, column_type)
            except Refused:
                return True
            if connection.execute("SELECT a::text FROM x") != was:
                return True
    return False


def change(connection: Connection, column_type: str) -> None:
    """Straight, or by way of text where there is no cast back."""
    connection.execute("SAVEPOINT s")
    with contextlib.suppress(Refused):
        connection.execute(f"ALTER TABLE x ALTER a TYPE {column_type} USING a::{column_type}")
        return
    connection.execute("ROLLBACK TO s")
    connection.execute(f"ALTER TABLE x ALTER a TYPE {column_type} USING a::text::{column_type}")
