"""Refusals of function calls, wherever in a statement they stand; their node is the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.refusal import Refusal
from rdspatch.authoring.refused_session import is_pinned
from rdspatch.authoring.tree import Node, names

if TYPE_CHECKING:
    from rdspatch.core.patch import Transaction

_ADVISORY = ("pg_advisory_", "pg_try_advisory_")
_SIGNALS = frozenset({"pg_cancel_backend", "pg_terminate_backend"})


def may_be_refused(function: str) -> bool:
    """Whether a call of a function with this name is worth a look."""
    return function.startswith(_ADVISORY) or function in _SIGNALS or function == "set_config"


def _system_function(node: Node) -> str:
    """The name of PostgreSQL's own function that this calls, or nothing."""
    *schema, name = names(node.funcname)
    return name if schema in ([], ["pg_catalog"]) else ""


def _advisory_lock(node: Node, _transaction: Transaction) -> bool:
    return _system_function(node).startswith(_ADVISORY)


def _signals(node: Node, _transaction: Transaction) -> bool:
    return _system_function(node) in _SIGNALS


def _sets_session(node: Node, _transaction: Transaction) -> bool:
    if _system_function(node) != "set_config":
        return False
    arguments = [unwrap_node(argument) for argument in node.args]
    return len(arguments) != 3 or not _is_literally_true(arguments[2])  # noqa: PLR2004 - name, value, is_local


def _sets_pinned(node: Node, _transaction: Transaction) -> bool:
    if _system_function(node) != "set_config" or not node.args:
        return False
    setting = unwrap_node(node.args[0])
    return isinstance(setting, pb.A_Const) and is_pinned(setting.sval.sval)


def _is_literally_true(argument: Node) -> bool:
    return isinstance(argument, pb.A_Const) and bool(argument.boolval.boolval)


CALL_REFUSALS = (
    Refusal(
        name="advisory-lock",
        what="advisory locks in a patch can undo or wait for the run's own lock",
        instead="leave it out: rdspatch lets one run at a time into a database",
        applies=_advisory_lock,
    ),
    Refusal(
        name="set-config",
        what="set_config() outlives the patch unless its third argument is the word true",
        instead="write SET LOCAL, or set_config(…, …, true)",
        applies=_sets_session,
    ),
    Refusal(
        name="pinned-set-config",
        what="rdspatch sets this setting itself",
        instead="use the directives `lock-timeout` and `statement-timeout`",
        applies=_sets_pinned,
    ),
    Refusal(
        name="backend-signal",
        what="a patch does not end other sessions or their queries",
        instead="set `lock-timeout` and let rdspatch try again; it names who is in the way",
        applies=_signals,
    ),
)
