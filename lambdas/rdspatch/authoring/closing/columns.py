"""Columns of tables that are there, added so that no row is written and the lock is short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.closing.expressions import is_constant, is_evaluated_once
from rdspatch.authoring.ddl.columns import column_afterwards, column_clause
from rdspatch.authoring.ddl.names import qualified, quoted
from rdspatch.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.schema import ObjectName, Properties

_FOR_NEW_ROWS = "-- The rows that are there keep their NULL.\n"
_FOR_OLD_ROWS = "-- The rows that are there get {}, as it is when this runs.\n"


def add_columns(columns: Sequence[tuple[ObjectName, Properties]]) -> tuple[str, ...]:
    """The statements that add columns to one table.

    A constant default counts for the rows that are there as well, and so does any other that PostgreSQL evaluates once
    where the column must not be null. The rest is set for new rows only, and a column that should be NOT NULL takes
    nulls until somebody has filled it.

    Args:
        columns: Names and what the models say, in the order in which they are added.
    """
    clauses: list[str] = []
    afterwards: list[str] = []
    for name, properties in columns:
        added = {**properties, "nullable": properties["nullable"] or must_be_filled(properties)}
        has_default = is_filled(properties)
        clauses.append(f"ADD COLUMN IF NOT EXISTS {column_clause(name.path[2], added, has_default=has_default)}")
        if "default" in properties and not has_default:
            afterwards.append(_FOR_NEW_ROWS + set_default(name, properties))
        afterwards += column_afterwards(name.path[:2], name.path[2], added)
    return (*_together(columns, clauses), *afterwards)


def must_be_filled(properties: Properties) -> bool:
    """Whether the column is NOT NULL in the models and nothing says what the rows that are there get."""
    return not properties["nullable"] and not is_filled(properties)


def to_be_filled(name: ObjectName) -> Problem:
    """What a person has to do about such a column."""
    return Problem(
        where=str(name),
        what="is NOT NULL in the models and has no default that all rows share, so it is added with nulls in it",
        instead="fill the rows that are there, then make it NOT NULL in three patches as patches/README.md shows",
    )


def set_default(name: ObjectName, properties: Properties) -> str:
    """The statement that gives new rows a default."""
    column = f"ALTER COLUMN {quoted(name.path[2])} SET DEFAULT {properties['default']}"
    return f"ALTER TABLE {qualified(name.path[:2])} {column}"


def is_filled(properties: Properties) -> bool:
    """Whether the rows that are there get the column's default, which is one value for all."""
    if "default" not in properties:
        return False
    default = properties["default"]
    return is_constant(default) or (not properties["nullable"] and is_evaluated_once(default))


def _together(columns: Sequence[tuple[ObjectName, Properties]], clauses: Sequence[str]) -> tuple[str, ...]:
    if not clauses:
        return ()
    filled = [properties["default"] for _, properties in columns if is_filled(properties)]
    moving = dict.fromkeys(default for default in filled if not is_constant(default))
    about = _FOR_OLD_ROWS.format(", ".join(moving)) if moving else ""
    target = f"{about}ALTER TABLE {qualified(columns[0][0].path[:2])}"
    return (f"{target} {clauses[0]}",) if len(clauses) == 1 else (f"{target}\n    " + ",\n    ".join(clauses),)
