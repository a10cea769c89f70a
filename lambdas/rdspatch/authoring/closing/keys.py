"""Indexes and unique constraints of tables that are there: the index first, while writers go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.closing.draft import ALONE, Draft
from rdspatch.authoring.closing.expressions import read_constraint
from rdspatch.authoring.closing.guards import unless_constraint
from rdspatch.authoring.ddl.indexes import IndexText, read_index
from rdspatch.authoring.ddl.names import qualified, quoted
from rdspatch.authoring.tree import names
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from rdspatch.core.schema import Properties


def index_draft(name: ObjectName, properties: Properties) -> Draft:
    """The patch that builds an index."""
    return _built(read_index(properties["definition"]), name)


def key_drafts(name: ObjectName, properties: Properties) -> tuple[Draft, Draft] | None:
    """The patch that builds the index of a unique constraint or primary key, and the one that makes it the constraint.

    Returns:
        None for a key that no index can become: one over periods, or with storage parameters of its own.
    """
    definition = properties["definition"]
    key = read_constraint(definition)
    if key.without_overlaps or key.options:
        return None
    columns, included = ", ".join(map(quoted, names(key.keys))), ", ".join(map(quoted, names(key.including)))
    rest = f"({columns})" + (f" INCLUDE ({included})" if included else "")
    rest += " NULLS NOT DISTINCT" if key.nulls_not_distinct else ""
    table, own = name.path[:2], name.path[2]
    index = IndexText(name=own, unique=True, table=table, rest=rest)
    kind = "PRIMARY KEY" if definition.startswith("PRIMARY KEY") else "UNIQUE"
    deferred = " DEFERRABLE" * key.deferrable + " INITIALLY DEFERRED" * key.initdeferred
    added = f"ALTER TABLE {qualified(table)} ADD CONSTRAINT {quoted(own)} {kind} USING INDEX {quoted(own)}{deferred}"
    made = Draft(
        about=str(name),
        slug=own,
        statements=(unless_constraint(table, own, added),),
    )
    return _built(index, ObjectName(ObjectKind.INDEX, (table[0], own))), made


def _built(index: IndexText, name: ObjectName) -> Draft:
    return Draft(
        about=str(name),
        slug=index.name,
        statements=(index.create(guarded=True, concurrently=True),),
        directives=ALONE,
    )
