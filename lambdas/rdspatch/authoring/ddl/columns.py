"""Columns: the clause that makes one, and what takes a statement of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.ddl.names import qualified, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.core.schema import Properties


def column_clause(name: str, properties: Properties, *, has_default: bool = True) -> str:
    """The column as `CREATE TABLE` and `ADD COLUMN` take it: `quota bigint DEFAULT 0 NOT NULL`.

    Args:
        name: Its name.
        properties: What the snapshot says of it.
        has_default: Whether to write its default; a generated column keeps its expression all the same.
    """
    words = [quoted(name), properties["type"]]
    if "collation" in properties:
        words.append(f"COLLATE {properties['collation']}")
    if "generated" in properties:
        kept = "VIRTUAL" if properties.get("virtual") else "STORED"
        words.append(f"GENERATED ALWAYS AS ({properties['generated']}) {kept}")
    elif "identity" in properties:
        words.append(f"GENERATED {properties['identity'].upper()} AS IDENTITY")
        words += [f"({properties['identity_options'].upper()})"] if "identity_options" in properties else []
    elif "default" in properties and has_default:
        words.append(f"DEFAULT {properties['default']}")
    if not properties["nullable"] and properties.get("not_null_validated", True):
        words.append("NOT NULL")
    return " ".join(words)


def column_afterwards(table: tuple[str, ...], name: str, properties: Properties) -> Iterator[str]:
    """What the clause does not say of a column, as statements.

    Not every supported server takes a storage there, nor every tool a compression.
    """
    target = f"ALTER TABLE {qualified(table)}"
    if "storage" in properties:
        yield f"{target} ALTER COLUMN {quoted(name)} SET STORAGE {properties['storage'].upper()}"
    if "compression" in properties:
        yield f"{target} ALTER COLUMN {quoted(name)} SET COMPRESSION {properties['compression']}"
    if not properties.get("not_null_validated", True):
        yield f"{target} ADD NOT NULL {quoted(name)} NOT VALID"
