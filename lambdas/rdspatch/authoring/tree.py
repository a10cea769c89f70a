"""Small questions to PostgreSQL's parse tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from google.protobuf.message import Message
from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.core.statement import RelationName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Node: TypeAlias = Any
"""A node of the parse tree; the parser declares no types for them that a type checker takes."""

READ_FIELDS = frozenset({"from_clause", "larg", "rarg", "using_clause", "source_relation"})
"""Where a tree names a relation only to read it."""


def children(node: Node) -> Iterator[tuple[str, Node]]:
    """The nodes right below this one, each with the name of the field that holds it."""
    for field, value in node.ListFields():
        if field.message_type is not None:
            for item in [value] if isinstance(value, Message) else value:
                yield field.name, unwrap_node(item)


def executed_nodes(statement: Node) -> Iterator[tuple[str, Node]]:
    """Every node of a statement, the statement first, without the body of a function that it only defines."""
    pending = [("", statement)]
    while pending:
        field, node = pending.pop()
        yield field, node
        pending.extend(reversed([child for child in children(node) if child[0] != "sql_body"]))


def names(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The parts of a dotted name, such as `("app", "users")`."""
    parts = (unwrap_node(node) for node in nodes)
    return tuple(part.sval for part in parts if isinstance(part, pb.String))


def qualified_name(node: Node) -> tuple[str, ...]:
    """The parts of the name of an object that a statement drops, renames, comments on or grants.

    A cast has no name; its two types stand for one.
    """
    node = unwrap_node(node)
    if isinstance(node, pb.List):
        return names(node.items) or (" AS ".join(".".join(qualified_name(item)) for item in node.items),)
    if isinstance(node, pb.ObjectWithArgs):
        return names(node.objname)
    if isinstance(node, pb.TypeName):
        return names(node.names)
    return names([node])


def relation_of(range_var: Node) -> RelationName:
    return RelationName(schema=range_var.schemaname or None, name=range_var.relname)


def option(options: Iterable[Node], name: str) -> bool:
    """Whether a parenthesised option such as `FULL` or `CONCURRENTLY` is on; `FULL false` is off."""
    on = False
    for definition in map(unwrap_node, options):
        if definition.defname == name:
            on = not definition.HasField("arg") or _is_true(unwrap_node(definition.arg))
    return on


def text_option(options: Iterable[Node], name: str) -> str | None:
    """The text of an option such as the `LANGUAGE` or the `AS` of a function, or None."""
    for definition in map(unwrap_node, options):
        if definition.defname == name:
            return next(iter(qualified_name(definition.arg)), None)
    return None


def _is_true(value: Node) -> bool:
    if isinstance(value, pb.Integer):
        return bool(value.ival)
    if isinstance(value, pb.Boolean):
        return bool(value.boolval)
    return not isinstance(value, pb.String) or value.sval.lower() in {"true", "on", "yes"}
