"""Which statements PostgreSQL refuses in a transaction, and which of them wait without holding others up."""

from __future__ import annotations

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.tree import Node, option

_WHOLE_SCHEMAS = frozenset({pb.REINDEX_OBJECT_SCHEMA, pb.REINDEX_OBJECT_SYSTEM, pb.REINDEX_OBJECT_DATABASE})


def is_refused_in_transaction(node: Node) -> bool:
    """Whether PostgreSQL answers 25001 (active SQL transaction) to this statement in a transaction.

    REINDEX and CLUSTER of a partitioned table are refused too, which the text alone does not tell.
    """
    match node:
        case pb.IndexStmt() | pb.DropStmt():
            return bool(node.concurrent)
        case pb.ReindexStmt():
            return node.kind in _WHOLE_SCHEMAS or option(node.params, "concurrently")
        case pb.VacuumStmt():
            return bool(node.is_vacuumcmd)
        case pb.ClusterStmt():
            return not node.HasField("relation")
        case _:
            return is_detach_concurrently(node)


def is_concurrent(node: Node) -> bool:
    """Whether the statement lets readers and writers pass while it waits."""
    match node:
        case pb.IndexStmt() | pb.DropStmt():
            return bool(node.concurrent)
        case pb.ReindexStmt():
            return option(node.params, "concurrently")
        case pb.VacuumStmt():
            return not option(node.options, "full")
        case _:
            return is_detach_concurrently(node)


def is_detach_concurrently(node: Node) -> bool:
    """Whether this is `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`."""
    return isinstance(node, pb.AlterTableStmt) and any(
        # A field called `def` cannot be written as an attribute.
        getattr(command.alter_table_cmd, "def").partition_cmd.concurrent
        for command in node.cmds
    )
