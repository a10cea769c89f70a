"""Refusals about the session: what stays behind in it would meet the next patch, or disarm rdspatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.refusal import Refusal

if TYPE_CHECKING:
    from rdspatch.authoring.tree import Node
    from rdspatch.core.patch import Transaction

_PINNED = frozenset(
    {
        "client_connection_check_interval",
        "client_encoding",
        "lock_timeout",
        "role",
        "search_path",
        "session_authorization",
        "standard_conforming_strings",
        "statement_timeout",
        "transaction_timeout",
    },
)
_RESETS = frozenset({pb.VAR_RESET, pb.VAR_RESET_ALL})
_TRANSACTION_SETTINGS = frozenset(
    {
        "SESSION CHARACTERISTICS",
        "TRANSACTION",
        "TRANSACTION SNAPSHOT",
        "transaction_deferrable",
        "transaction_isolation",
        "transaction_read_only",
    },
)


def is_pinned(setting: str) -> bool:
    """Whether rdspatch itself relies on the value of this setting."""
    name = setting.lower()
    return name in _PINNED or name.startswith("idle_")


def sets_transaction(node: Node) -> bool:
    """Whether this is `SET TRANSACTION`, one of its settings, or `SET SESSION CHARACTERISTICS`."""
    return isinstance(node, pb.VariableSetStmt) and node.name in _TRANSACTION_SETTINGS


def _pins(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.VariableSetStmt) and node.kind not in _RESETS and is_pinned(node.name)


def _sets_session(node: Node, _transaction: Transaction) -> bool:
    if isinstance(node, pb.UpdateStmt):  # an UPDATE of this view is a SET
        return bool(node.relation.relname == "pg_settings")
    return (
        isinstance(node, pb.VariableSetStmt)
        and node.kind not in _RESETS
        and not node.is_local
        and not is_pinned(node.name)
        and not sets_transaction(node)
    )


def _resets(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.VariableSetStmt) and node.kind in _RESETS and not sets_transaction(node)


def _discards(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.DiscardStmt)


def _prepares(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.PrepareStmt | pb.ExecuteStmt | pb.DeallocateStmt)


def _declares_cursor(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.DeclareCursorStmt)


def _listens(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.ListenStmt | pb.UnlistenStmt)


def _notifies(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.NotifyStmt)


def _loads(node: Node, _transaction: Transaction) -> bool:
    return isinstance(node, pb.LoadStmt)


SESSION_REFUSALS = (
    Refusal(
        name="pinned-setting",
        what="rdspatch sets this setting itself",
        instead=(
            "use the directives `lock-timeout` and `statement-timeout`; "
            "the role and the search path belong to the target's settings"
        ),
        applies=_pins,
    ),
    Refusal(
        name="set-session",
        what="SET without LOCAL outlives the patch",
        instead="write SET LOCAL",
        applies=_sets_session,
    ),
    Refusal(
        name="reset",
        what="RESET undoes what rdspatch set for the session",
        instead="leave it out: SET LOCAL ends with the patch",
        applies=_resets,
    ),
    Refusal(
        name="discard",
        what="DISCARD drops the run's lock and settings",
        instead="leave it out: every patch starts with a clean session",
        applies=_discards,
    ),
    Refusal(
        name="prepare",
        what="a prepared statement outlives the patch",
        instead="write the statement itself",
        applies=_prepares,
    ),
    Refusal(
        name="cursor",
        what="nobody reads the rows of a cursor in a patch",
        instead="write one statement over all rows, or a FOR loop in a DO block",
        applies=_declares_cursor,
    ),
    Refusal(
        name="listen",
        what="nobody hears what a patch listens to",
        instead="leave it out",
        applies=_listens,
    ),
    Refusal(
        name="notify",
        what="a patch that is applied again notifies again",
        instead="let the workflow notify after the run",
        applies=_notifies,
        liftable=True,
    ),
    Refusal(
        name="load",
        what="LOAD brings server code into the session",
        instead="use CREATE EXTENSION",
        applies=_loads,
    ),
)
