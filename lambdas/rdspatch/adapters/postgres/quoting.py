"""Names and texts as PostgreSQL's grammar writes them, by SQLAlchemy's own rules for the dialect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdspatch.core.statement import RelationName

_PREPARER = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped


def identifier(name: str) -> str:
    """The name as a delimited identifier; always quoted, so that no name is a keyword."""
    return _PREPARER.quote_identifier(name).replace("%%", "%")


def relation(name: RelationName) -> str:
    """The relation's name, qualified when the patch qualified it."""
    if name.schema is None:
        return identifier(name.name)
    return f"{identifier(name.schema)}.{identifier(name.name)}"


def regclass(name: RelationName, path: Iterable[str]) -> str:
    """An expression for a relation's oid, NULL where there is none; `path` is where a name without a schema is found.

    It asks for each schema in turn, so that the session's own search path does not count.
    """
    found = [name] if name.schema is not None else [replace(name, schema=schema) for schema in path]
    places = ", ".join(f"pg_catalog.to_regclass({literal(relation(place))})" for place in found)
    return f"coalesce({places})"


def literal(text: str) -> str:
    """The text as a string constant; standard_conforming_strings is on in our sessions."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Texts as string constants with commas between them; empty without any."""
    return ", ".join(map(literal, texts))
