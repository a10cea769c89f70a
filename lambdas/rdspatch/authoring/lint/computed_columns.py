"""Which values of a new column PostgreSQL computes row by row, so that it writes the whole table again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.lint.names import added_columns, column_constraints, name_of
from rdspatch.authoring.volatility import Volatility, builtin_functions, calls_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdspatch.authoring.lint.script import ScriptStatement
    from rdspatch.authoring.lint.state import ScriptState
    from rdspatch.authoring.tree import Node


def computed_row_by_row(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    """What is wrong with each column that a statement adds to a table which was there before."""
    for column in added_columns(statement.node):
        if state.is_new(name_of(statement.node.relation)):
            continue
        for constraint in column_constraints(column):
            for what in _computed(constraint, state.schema.functions):
                yield f"{what}, so each row gets its own value for column {column.colname} and is written again"


def _computed(constraint: Node, functions: Mapping[str, Volatility]) -> Iterator[str]:
    match constraint.contype:
        case pb.CONSTR_IDENTITY:
            yield "an identity counts the rows that are there"
        case pb.CONSTR_GENERATED:
            yield "a stored expression is computed for the rows that are there"
        case pb.CONSTR_DEFAULT:
            calls = dict.fromkeys(calls_in(unwrap_node(constraint.raw_expr), functions))
            for name, _ in (call for call in calls if call[1] is Volatility.VOLATILE):
                is_known = name in functions or name in builtin_functions()
                yield f"{name}() is volatile" if is_known else f"{name}() is not known to be stable or immutable"
