"""From a parsed statement to what the lock file says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.bodies import do_block
from rdspatch.authoring.probe import probe_of
from rdspatch.authoring.relations import relations_of
from rdspatch.authoring.transactions import is_concurrent, is_detach_concurrently
from rdspatch.core.patch import Transaction
from rdspatch.core.statement import RelationName, Statement, StatementKind

if TYPE_CHECKING:
    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.tree import Node


def classify(parsed: ParsedStatement, transaction: Transaction) -> Statement:
    """Say how a statement is made to happen exactly once, and what it touches.

    Args:
        parsed: A statement that no refusal applies to.
        transaction: How the statements of its patch share a transaction.
    """
    kind = _kind(parsed.node) if transaction is Transaction.NONE else StatementKind.TRANSACTIONAL
    nodes = (parsed.node, *(inner.node for inner in do_block(parsed)))
    relations = tuple(dict.fromkeys(relation for node in nodes for relation in relations_of(node)))
    return Statement(
        line=parsed.line,
        start=parsed.start,
        end=parsed.end,
        kind=kind,
        relations=relations,
        concurrent=is_concurrent(parsed.node),
        object=_object(parsed.node, kind, relations),
        probe=probe_of(parsed.node) if kind is StatementKind.CREATE_INDEX else None,
    )


def _kind(node: Node) -> StatementKind:
    match node:
        case pb.IndexStmt(concurrent=True):
            return StatementKind.CREATE_INDEX
        case pb.DropStmt(concurrent=True):
            return StatementKind.DROP_INDEX
        # Also where a transaction would do: a partitioned table takes these only without one.
        case pb.ReindexStmt() | pb.ClusterStmt() | pb.VacuumStmt(is_vacuumcmd=True):
            return StatementKind.REPEATABLE
        case _ if is_detach_concurrently(node):
            return StatementKind.DETACH_PARTITION
        case _:
            return StatementKind.TRANSACTIONAL


def _object(node: Node, kind: StatementKind, relations: tuple[RelationName, ...]) -> RelationName | None:
    match kind:
        case StatementKind.CREATE_INDEX:
            return RelationName(schema=node.relation.schemaname or None, name=node.idxname)
        case StatementKind.DROP_INDEX:
            return relations[0]
        case StatementKind.DETACH_PARTITION:
            return relations[1]
        case _:
            return None
