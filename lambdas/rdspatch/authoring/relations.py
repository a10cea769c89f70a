"""The tables, views and indexes that a statement names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.tree import READ_FIELDS, Node, children, qualified_name, relation_of
from rdspatch.core.statement import RelationName

if TYPE_CHECKING:
    from collections.abc import Iterator

_RELATIONS = frozenset(
    {
        pb.OBJECT_FOREIGN_TABLE,
        pb.OBJECT_INDEX,
        pb.OBJECT_MATVIEW,
        pb.OBJECT_SEQUENCE,
        pb.OBJECT_TABLE,
        pb.OBJECT_VIEW,
    },
)
_PARTS_OF_RELATIONS = frozenset(
    {pb.OBJECT_COLUMN, pb.OBJECT_POLICY, pb.OBJECT_RULE, pb.OBJECT_TABCONSTRAINT, pb.OBJECT_TRIGGER},
)
_SYSTEM_SCHEMAS = frozenset({"information_schema", "pg_catalog"})
_NOT_RELATIONS = frozenset({"locked_rels", "typevar"})
"""Fields whose names are aliases of the query or types."""


def relations_of(statement: Node) -> tuple[RelationName, ...]:
    """Each relation once, in the order of the parse tree: no common table expressions, no catalogs."""
    found = (*_named_objects(statement), *_range_vars(statement, field="", scope=frozenset()))
    return tuple(dict.fromkeys(relation for relation in found if not _is_system(relation)))


def _is_system(relation: RelationName) -> bool:
    if relation.schema is None:
        return relation.name.startswith("pg_")
    return relation.schema in _SYSTEM_SCHEMAS


def _named_objects(statement: Node) -> Iterator[RelationName]:
    if isinstance(statement, pb.DropStmt):
        kind, objects = statement.remove_type, list(statement.objects)
    elif isinstance(statement, pb.CommentStmt):
        kind, objects = statement.objtype, [statement.object]
    else:
        return
    for item in objects:
        parts = qualified_name(item)
        if kind in _RELATIONS:
            yield _relation(parts)
        elif kind in _PARTS_OF_RELATIONS:
            yield _relation(parts[:-1])


def _relation(parts: tuple[str, ...]) -> RelationName:
    return RelationName(schema=parts[-2] if len(parts) > 1 else None, name=parts[-1])


def _range_vars(node: Node, *, field: str, scope: frozenset[str]) -> Iterator[RelationName]:
    """Depth first; `scope` holds the common table expressions that a query sees here."""
    if isinstance(node, pb.RangeVar):
        hidden = field in READ_FIELDS and not node.schemaname and node.relname in scope
        if not hidden and field not in _NOT_RELATIONS:
            yield relation_of(node)
        return
    if "with_clause" in node.DESCRIPTOR.fields_by_name and node.HasField("with_clause"):
        expressions = [unwrap_node(item) for item in node.with_clause.ctes]
        every_name = frozenset(expression.ctename for expression in expressions)
        inner = scope | every_name if node.with_clause.recursive else scope
        for expression in expressions:
            yield from _range_vars(expression, field="ctequery", scope=inner)
            inner |= {expression.ctename}
        scope |= every_name
    for name, child in children(node):
        if name != "with_clause":
            yield from _range_vars(child, field=name, scope=scope)
