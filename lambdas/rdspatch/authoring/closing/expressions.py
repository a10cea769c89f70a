"""Questions to SQL that the server has printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.lint.names import added_constraints
from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.tree import executed_nodes, names
from rdspatch.authoring.volatility import Volatility, volatility_of
from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdspatch.authoring.tree import Node
    from rdspatch.core.schema import ObjectName, Properties

_MOMENTS = frozenset({"now", "today", "tomorrow", "yesterday"})
"""Texts that a cast reads the clock for."""


def is_constant(expression: str) -> bool:
    """Whether a default is the same for every row, whenever it is evaluated."""
    node = _read(expression)
    texts = (it.sval.sval.lower() for _, it in executed_nodes(node) if isinstance(it, pb.A_Const))
    return volatility_of(node, {}) is Volatility.IMMUTABLE and not any(text in _MOMENTS for text in texts)


def is_evaluated_once(expression: str) -> bool:
    """Whether a default is the same for every row of one statement, so that the catalog keeps it and no row is written.

    A function that does not come with PostgreSQL is taken for one that is not.
    """
    return volatility_of(_read(expression), {}) is not Volatility.VOLATILE


def _read(expression: str) -> Node:
    (statement,) = parse_statements(f"SELECT {expression}")
    (target,) = statement.node.target_list
    return unwrap_node(unwrap_node(target).val)


def read_constraint(definition: str) -> Node:
    """The parse tree of what `pg_get_constraintdef` prints."""
    (statement,) = parse_statements(f"ALTER TABLE t ADD {definition}")
    (constraint,) = added_constraints(statement.node)
    return constraint


def referenced_table(constraint: Properties) -> tuple[str, ...] | None:
    """Schema and name of the table that a foreign key leads to; None for any other constraint."""
    if not constraint["definition"].startswith("FOREIGN KEY"):
        return None
    table = read_constraint(constraint["definition"]).pktable
    return table.schemaname, table.relname


def has_key(objects: Mapping[ObjectName, Properties], table: tuple[str, ...], columns: Iterable[str]) -> bool:
    """Whether a table has a primary key or a unique constraint of just these columns."""
    wanted = set(columns)
    return any(
        set(names(read_constraint(properties["definition"]).keys)) == wanted
        for name, properties in objects.items()
        if name.kind is ObjectKind.CONSTRAINT
        and name.path[:2] == table
        and properties["definition"].startswith(("PRIMARY KEY", "UNIQUE"))
    )


def mentioned(sql: str) -> frozenset[str]:
    """Every name in a statement, and every text: more than it speaks of, and never less."""
    found = set()
    for statement in parse_statements(sql):
        for _, node in executed_nodes(statement.node):
            match node:
                case pb.String():
                    found.add(node.sval)
                case pb.IndexElem():
                    found.add(node.name)
    return frozenset(found)
