"""Refusals about transactions: rdspatch begins and ends them, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.refusal import Refusal
from rdspatch.authoring.refused_session import is_pinned, sets_transaction
from rdspatch.authoring.transactions import is_refused_in_transaction
from rdspatch.core.patch import Transaction

if TYPE_CHECKING:
    from rdspatch.authoring.tree import Node


def _control(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.TransactionStmt) or sets_transaction(node)


def _needs_none(node: Node, transaction: Transaction) -> bool:
    return transaction is Transaction.ONE and is_refused_in_transaction(node)


def _has_no_effect(node: Node, transaction: Transaction) -> bool:
    if transaction is Transaction.ONE:
        return False
    if isinstance(node, pb.VariableSetStmt):
        return bool(node.is_local) and not is_pinned(node.name) and not sets_transaction(node)
    return isinstance(node, pb.ConstraintsSetStmt | pb.LockStmt)


def _unnamed_index(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.IndexStmt) and node.concurrent and not node.idxname


def _several_indexes(node: Node, _transaction: Transaction) -> bool:
    return (
        isinstance(node, pb.DropStmt)
        and node.concurrent
        and (len(node.objects) > 1 or node.behavior == pb.DROP_CASCADE)
    )


TRANSACTION_REFUSALS = (
    Refusal(
        name="transaction-control",
        what="a patch does not begin, end or set up transactions",
        instead="leave it out: rdspatch runs the whole patch and its record as one transaction",
        applies=_control,
    ),
    Refusal(
        name="needs-transaction-none",
        what="PostgreSQL refuses this statement in a transaction",
        instead="put it into a patch of its own with `-- transaction: none`",
        applies=_needs_none,
    ),
    Refusal(
        name="no-effect-without-transaction",
        what="this lasts for one transaction, and with `transaction: none` each statement has its own",
        instead="leave it out, or move the statements that need it to a patch without `transaction: none`",
        applies=_has_no_effect,
    ),
    Refusal(
        name="unnamed-concurrent-index",
        what="CREATE INDEX CONCURRENTLY without a name cannot be checked or repeated",
        instead="name the index",
        applies=_unnamed_index,
    ),
    Refusal(
        name="several-concurrent-drops",
        what="DROP INDEX CONCURRENTLY takes one index and no CASCADE",
        instead="write one statement for each index",
        applies=_several_indexes,
    ),
)
