"""Statements that PostgreSQL has no IF NOT EXISTS for, behind a question to the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.authoring.ddl.names import dollar_quoted, quoted, regclass

if TYPE_CHECKING:
    from collections.abc import Sequence


def unless_constraint(table: Sequence[str], name: str, statement: str) -> str:
    """The statement, run only while the table has no constraint of this name."""
    return _unless(f"pg_constraint WHERE conrelid = {regclass(table)} AND conname = {literal(name)}", [statement])


def unless_type(path: Sequence[str], statements: Sequence[str]) -> str:
    """The statements, run only while there is no type of this name."""
    schema, name = path
    place = f"{literal(quoted(schema))}::regnamespace"
    return _unless(f"pg_type WHERE typnamespace = {place} AND typname = {literal(name)}", statements)


def _unless(found: str, statements: Sequence[str]) -> str:
    lines = [
        " BEGIN",
        f"    IF NOT EXISTS (SELECT FROM {found}) THEN",
        *(f"        {statement};" for statement in statements),
        "    END IF;",
        "END ",
    ]
    body = "\n".join(lines)
    return f"DO {dollar_quoted(body)}"
