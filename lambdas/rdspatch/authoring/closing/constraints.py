"""Checks and foreign keys of tables that are there: for new rows first, then for those that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.closing.draft import CHECKS_ROWS, Draft
from rdspatch.authoring.closing.guards import unless_constraint
from rdspatch.authoring.ddl.names import qualified, quoted
from rdspatch.authoring.ddl.tables import add_constraint
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.schema import Properties


def add_unchecked(name: ObjectName, properties: Properties) -> str:
    """The statement that adds a constraint without reading the rows that are there."""
    table, own = name.path[:2], name.path[2]
    return unless_constraint(table, own, add_constraint(table, own, properties, validated=False))


def add_to_new_table(name: ObjectName, properties: Properties) -> str:
    """The statement that adds a constraint to a table of the same patch, which has no rows."""
    table, own = name.path[:2], name.path[2]
    return unless_constraint(table, own, add_constraint(table, own, properties, validated=True))


def check_draft(table: Sequence[str], constraints: Sequence[ObjectName]) -> Draft:
    """The patch that checks the rows that were there; readers and writers pass meanwhile."""
    return Draft(
        about=f"check the rows of {ObjectName(ObjectKind.TABLE, tuple(table))} that were there before",
        slug=f"{table[-1]}_validate",
        statements=tuple(
            f"ALTER TABLE {qualified(table)} VALIDATE CONSTRAINT {quoted(name.path[2])}" for name in constraints
        ),
        directives=CHECKS_ROWS,
    )
