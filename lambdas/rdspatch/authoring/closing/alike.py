"""Keys that cannot be built over two rows, since patches add their columns with one value for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.closing.columns import is_filled
from rdspatch.authoring.closing.expressions import read_constraint
from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.tree import executed_nodes, names
from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.authoring.closing.subject import Subject
    from rdspatch.authoring.tree import Node
    from rdspatch.core.schema import Properties


def alike_everywhere(name: ObjectName, properties: Properties, subject: Subject) -> str:
    """Why a key or a unique index of a table that is there cannot be built where it has two rows; else nothing."""
    table = owner_of(name, properties)
    columns, is_null_one_value = _unique_columns(properties["definition"])
    if table is None or not columns:
        return ""
    if ObjectName(ObjectKind.TABLE, table) not in subject.start.objects:
        return ""
    for column in columns:
        place = ObjectName(ObjectKind.COLUMN, (*table, column))
        added = subject.patches.objects.get(place) or subject.wanted.get(place)
        if added is None or place in subject.start.objects:
            return ""
        if not is_filled(added) and not (is_null_one_value and "default" not in added):
            return ""
    given = f"adding {', '.join(columns)} gives all rows that are there one value"
    return f"is unique, and {given}, so it cannot be built over two of them unless they are filled first"


def _unique_columns(definition: str) -> tuple[tuple[str, ...], bool]:
    """The columns of a key or of a unique index over all rows, and whether two nulls are one too many."""
    if definition.startswith(("PRIMARY KEY", "UNIQUE")):
        key = read_constraint(definition)
        return names(key.keys), bool(key.nulls_not_distinct)
    if not definition.startswith("CREATE UNIQUE INDEX"):
        return (), False
    index = parse_statements(definition)[0].node
    if index.HasField("where_clause"):
        return (), False
    return _columns_of(index.index_params), bool(index.nulls_not_distinct)


def _columns_of(elements: Sequence[Node]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for element in elements:
        for _, node in executed_nodes(element):
            if isinstance(node, pb.IndexElem) and node.name:
                found[node.name] = None
            elif isinstance(node, pb.ColumnRef):
                found |= dict.fromkeys(names(node.fields)[-1:])
    return tuple(found)
