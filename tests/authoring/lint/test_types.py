"""The table of type changes, as measured on a server: what is rewritten, what is not, what may not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from postgast import parse

from rdspatch.authoring.lint.types import ColumnType, TypeChange, type_change, type_of

if TYPE_CHECKING:
    import pg8000.native

CASES = (
    ("varchar(20)", "varchar(50)", TypeChange.FREE),
    ("varchar(20)", "varchar", TypeChange.FREE),
    ("varchar(20)", "text", TypeChange.FREE),
    ("text", "varchar", TypeChange.FREE),
    ("numeric(8,2)", "numeric(10,2)", TypeChange.FREE),
    ("numeric(8,2)", "numeric", TypeChange.FREE),
    ("timestamp(3)", "timestamp", TypeChange.FREE),
    ("timestamptz(3)", "timestamptz(6)", TypeChange.FREE),
    ("varbit(3)", "varbit(5)", TypeChange.FREE),
    ("cidr", "inet", TypeChange.FREE),
    ("int", "integer", TypeChange.FREE),
    ("int", "bigint", TypeChange.REWRITE),
    ("smallint", "numeric", TypeChange.REWRITE),
    ("real", "double precision", TypeChange.REWRITE),
    ("char(3)", "char(5)", TypeChange.REWRITE),
    ("int", "text", TypeChange.REWRITE),
    ("uuid", "text", TypeChange.REWRITE),
    ("numeric(8,2)", "numeric(10,3)", TypeChange.REWRITE),
    ("int", "double precision", TypeChange.REWRITE),
    ("int", "numeric(12,2)", TypeChange.REWRITE),
    ("int", "numeric(65,30)", TypeChange.REWRITE),
    ("bigint", "numeric(19)", TypeChange.REWRITE),
    ("smallint", "real", TypeChange.REWRITE),
    ("jsonb", "json", TypeChange.REWRITE),
    ("char(8)", "varchar(8)", TypeChange.REWRITE),
    ("char(8)", "varchar", TypeChange.REWRITE),
    ("int[]", "bigint[]", TypeChange.REWRITE),
    ("int[]", "text", TypeChange.REWRITE),
    ("varchar(20)", "varchar(10)", TypeChange.NARROWING),
    ("text", "varchar(10)", TypeChange.NARROWING),
    ("char(5)", "char(3)", TypeChange.NARROWING),
    ("bigint", "int", TypeChange.NARROWING),
    ("numeric", "bigint", TypeChange.NARROWING),
    ("bigint", "numeric(5)", TypeChange.NARROWING),
    ("numeric", "numeric(8,2)", TypeChange.NARROWING),
    ("numeric(8,2)", "numeric(8,3)", TypeChange.NARROWING),
    ("numeric(8,2)", "numeric(8,1)", TypeChange.NARROWING),
    ("double precision", "real", TypeChange.NARROWING),
    ("timestamptz", "timestamptz(0)", TypeChange.NARROWING),
    ("timestamptz", "date", TypeChange.NARROWING),
    ("bigint[]", "int[]", TypeChange.NARROWING),
    ("int", "real", TypeChange.NARROWING),
    ("bigint", "double precision", TypeChange.NARROWING),
    ("double precision", "numeric", TypeChange.NARROWING),
    ("int", "numeric(11,2)", TypeChange.NARROWING),
    ("json", "jsonb", TypeChange.NARROWING),
    ("varchar(8)", "char(8)", TypeChange.NARROWING),
    ("char(8)", "varchar(7)", TypeChange.NARROWING),
)
FILE_NODE = "SELECT pg_relation_filenode('type_change')"


def column_type(text: str) -> ColumnType:
    statement = parse(f"SELECT NULL::{text}").stmts[0].stmt.select_stmt
    return type_of(statement.target_list[0].res_target.val.type_cast.type_name)


@pytest.mark.parametrize(("old", "new", "change"), CASES)
def test_a_type_change_costs_what_the_table_says(old: str, new: str, change: TypeChange) -> None:
    assert type_change(column_type(old), column_type(new)) is change


@pytest.mark.parametrize(("old", "new", "change"), CASES)
def test_the_server_rewrites_exactly_what_is_said_to_be_rewritten(
    connection: pg8000.native.Connection, old: str, new: str, change: TypeChange
) -> None:
    connection.run(f"DROP TABLE IF EXISTS type_change; CREATE TABLE type_change (a {old})")
    before = connection.run(FILE_NODE)
    connection.run(f"ALTER TABLE type_change ALTER COLUMN a TYPE {new} USING a::{new}")
    rewritten = connection.run(FILE_NODE) != before
    assert rewritten == (change is not TypeChange.FREE)
