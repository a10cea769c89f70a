"""The same index on another table, so that the live server can say how it writes the definition down."""

from __future__ import annotations

from postgast import deparse, unwrap_node
from postgast import pg_query_pb2 as pb

from rdspatch.authoring.tree import Node, executed_nodes

PROBE_SCHEMA = "pg_temp"
PROBE_TABLE = "rdspatch_probe"
PROBE_INDEX = "rdspatch_probe_index"


def probe_of(index: Node) -> str:
    """A CREATE INDEX for the table `pg_temp.rdspatch_probe`, to be made like the real table.

    Args:
        index: The node of a CREATE INDEX statement; it is not changed.

    Returns:
        SQL without CONCURRENTLY, IF NOT EXISTS and TABLESPACE.
    """
    tree = pb.ParseResult()
    probe = tree.stmts.add().stmt.index_stmt
    probe.CopyFrom(index)
    probe.concurrent = False
    probe.if_not_exists = False
    probe.idxname = PROBE_INDEX
    probe.table_space = ""
    probe.relation.catalogname = ""
    probe.relation.schemaname = PROBE_SCHEMA
    probe.relation.relname = PROBE_TABLE
    for _, node in executed_nodes(probe):
        if isinstance(node, pb.ColumnRef):
            _unqualify(node)
    sql: str = deparse(tree)
    return sql


def _unqualify(column: Node) -> None:
    """Only one table can be meant, and the probe's has another name."""
    if isinstance(unwrap_node(column.fields[-1]), pb.String):
        del column.fields[:-1]
