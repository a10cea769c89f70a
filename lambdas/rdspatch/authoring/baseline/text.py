"""The file: what it says of itself, then the statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.authoring.ddl.names import dollar_quoted, quoted
from rdspatch.authoring.ddl.script import roles_of
from rdspatch.core.printable import printable
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.core.schema import Schema

_HEAD = "-- The schema before the first patch, as `rdspatch baseline` found it."
_MISSING = "-- Not in this file, because nothing could write it:"
# Functions come before what they speak of.
_FUNCTIONS_FIRST = "SET check_function_bodies = false"
_ALWAYS_THERE = (
    (ObjectName(ObjectKind.EXTENSION, ("plpgsql",)), "DROP EXTENSION IF EXISTS plpgsql"),
    (ObjectName(ObjectKind.SCHEMA, ("public",)), "DROP SCHEMA IF EXISTS public"),
)


def preamble(schema: Schema) -> tuple[str, ...]:
    """What goes before the statements that make the schema, whoever wrote them."""
    dropped = (sql for name, sql in _ALWAYS_THERE if name not in schema.objects)
    return (_FUNCTIONS_FIRST, *map(_role, roles_of(schema)), *dropped)


def baseline_text(statements: Sequence[str], missing: Sequence[str]) -> str:
    """The whole file.

    Args:
        statements: Without their semicolons.
        missing: What the file does not make, one line each.
    """
    return "\n".join([_HEAD, *_notes(missing), "", *(f"{sql};\n" for sql in statements)])


def _notes(missing: Sequence[str]) -> Iterator[str]:
    if missing:
        yield _MISSING
        yield from (f"-- {printable(line)}" for line in missing)


def _role(name: str) -> str:
    """Policies name it, and a scratch server does not have it."""
    body = (
        f"\nBEGIN\n    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal(name)}) THEN\n"
        f"        CREATE ROLE {quoted(name)};\n    END IF;\nEND\n"
    )
    return f"DO {dollar_quoted(body)}"
