"""What a superuser does for a baseline that its owner may not: a list of what is done, and of nothing else.

Whoever writes a pull request writes its baseline too. A statement is on the list when it runs no code of the database,
makes nothing through which code could become the superuser later, and touches nothing outside of its database.
"""

from __future__ import annotations

import enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.tree import names, qualified_name, text_option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rdspatch.authoring.tree import Node


class Beyond(enum.Enum):
    """Who does what the owner was refused."""

    SUPERUSER = "superuser"
    """The given login, and the result is its own: what the patches' role does not own in production either."""
    OWNER = "owner"
    """The owner, which is a superuser for this one statement: the result is its own."""
    ROLE = "role"
    """Nobody: the proof makes a role of that name, which has no more rights than others that it makes."""
    LEFT_OUT = "left out"
    """Nobody: patches meet nothing of it."""
    REFUSED = "refused"
    """Nobody, and the baseline fails with the server's reason."""


_Judge: TypeAlias = "Callable[[Node, str], Beyond]"

_SYSTEM_SCHEMAS: Final = frozenset({"pg_catalog", "information_schema"})
_WRITTEN_IN: Final = frozenset({"sql", "plpgsql", "plperl", "pltcl", "plv8"})
"""Languages that keep to the database. A function in another one may read files, or be any function of the server."""
_TEXTS: Final = frozenset({"bpchar", "json", "text", "varchar", "xml"})
"""Types whose values are bytes of any length, so that one can be taken for another."""
_OPERATOR: Final = 1
_SUPPORT_FUNCTION: Final = 2
"""PostgreSQL's OPCLASS_ITEM_OPERATOR and OPCLASS_ITEM_FUNCTION."""
_COMPARING: Final = frozenset({"btree", "hash"})
"""Access methods whose first support function takes values, and nothing internal."""
_VALIDATOR: Final = ("postgresql_fdw_validator",)
_SHARED: Final = frozenset({pb.OBJECT_DATABASE, pb.OBJECT_ROLE, pb.OBJECT_SUBSCRIPTION, pb.OBJECT_TABLESPACE})
_ON_AND_OFF: Final = frozenset(
    {pb.AT_EnableTrig, pb.AT_EnableTrigAll, pb.AT_EnableTrigUser, pb.AT_DisableTrig, pb.AT_DisableTrigAll}
)
_FIRES_FOR_OTHERS: Final = frozenset({"D", "O"})
"""States of an event trigger in which it does not fire for the superuser, whose sessions are `replica`."""


def beyond_owner(node: Node, *, creates_in: str) -> Beyond:
    """Who does what the server refused to the owner for want of a privilege.

    Args:
        node: The statement of the baseline.
        creates_in: The schema in which it makes what it names without one.
    """
    judge = _JUDGES.get(type(node))
    return Beyond.REFUSED if judge is None else judge(node, creates_in)


def _always(beyond: Beyond) -> _Judge:
    return lambda _node, _creates_in: beyond


def _if(applies: Callable[[Node], bool], then: Beyond, otherwise: Beyond = Beyond.REFUSED) -> _Judge:
    return lambda node, _creates_in: then if applies(node) else otherwise


def _is_code(option: Node) -> bool:
    """A handler reaches other servers and files, and any function may call itself a validator."""
    option = unwrap_node(option)
    return option.HasField("arg") and (option.defname == "handler" or qualified_name(option.arg) != _VALIDATOR)


def _is_safe(cast: Node) -> bool:
    """Whether a cast without a function takes no bytes for what they are not."""
    sources, targets = (qualified_name(node) for node in (cast.sourcetype, cast.targettype))
    return all(set(path[:-1]) <= {"pg_catalog"} and path[-1] in _TEXTS for path in (sources, targets))


def _only_switches(table: Node) -> bool:
    return all(unwrap_node(command).subtype in _ON_AND_OFF for command in table.cmds)


def _function(node: Node, creates_in: str) -> Beyond:
    """The superuser's own SQL calls what is in the system's schemas, also what was added to them."""
    language = text_option(node.options, "language") or "sql"
    is_kept = language in _WRITTEN_IN and not _is_of_the_system(node.funcname, creates_in)
    return Beyond.OWNER if is_kept else Beyond.REFUSED


def _operator_family(node: Node, creates_in: str) -> Beyond:
    """Support functions of the wrong kind take bytes for what they are not."""
    calls = any(unwrap_node(item).itemtype == _SUPPORT_FUNCTION for item in getattr(node, "items", ()))
    return Beyond.REFUSED if calls or _is_of_the_system(node.opfamilyname, creates_in) else Beyond.OWNER


def _operator_class(node: Node, creates_in: str) -> Beyond:
    """For an ordered or hashed type, a class whose one function is registered for the types that it takes.

    The server looks for it by these types then. Other access methods, further support functions and types given beside
    a function's own would hand it what it takes for a pointer.
    """
    items = [unwrap_node(item) for item in node.items]
    is_typed = all(
        item.itemtype == _OPERATOR or (item.itemtype == _SUPPORT_FUNCTION and item.number == 1 and not item.class_args)
        for item in items
    )
    is_harmless = node.amname in _COMPARING and is_typed and not any(item.order_family for item in items)
    return Beyond.OWNER if is_harmless and not _is_of_the_system(node.opclassname, creates_in) else Beyond.REFUSED


def _is_of_the_system(name: Node, creates_in: str) -> bool:
    *schema, _ = names(name)
    return (schema or [creates_in])[-1] in _SYSTEM_SCHEMAS


_JUDGES: Final[Mapping[type[Node], _Judge]] = MappingProxyType(
    {
        pb.AlterDefaultPrivilegesStmt: _always(Beyond.OWNER),
        pb.AlterEventTrigStmt: _if(lambda node: node.tgenabled in _FIRES_FOR_OTHERS, Beyond.SUPERUSER),
        pb.AlterOpFamilyStmt: _operator_family,
        pb.AlterPublicationStmt: _always(Beyond.OWNER),
        pb.AlterTableStmt: _if(_only_switches, Beyond.OWNER),
        pb.CommentStmt: _if(lambda node: node.objtype in _SHARED, Beyond.LEFT_OUT, Beyond.OWNER),
        pb.CreateCastStmt: _if(lambda node: node.HasField("func") or node.inout or _is_safe(node), Beyond.OWNER),
        # One on login would fire for the superuser's next connection.
        pb.CreateEventTrigStmt: _if(lambda node: node.eventname != "login", Beyond.SUPERUSER),
        pb.CreateExtensionStmt: _always(Beyond.SUPERUSER),
        pb.CreateFdwStmt: _if(lambda node: not any(map(_is_code, node.func_options)), Beyond.SUPERUSER),
        pb.CreateForeignServerStmt: _always(Beyond.OWNER),
        pb.CreateFunctionStmt: _function,
        pb.CreateOpClassStmt: _operator_class,
        pb.CreateOpFamilyStmt: _operator_family,
        pb.CreatePublicationStmt: _always(Beyond.OWNER),
        pb.CreateRoleStmt: _always(Beyond.ROLE),
        # On what is not the owner's, so no patch changes it.
        pb.GrantStmt: _if(lambda node: node.objtype == pb.OBJECT_FDW, Beyond.OWNER, Beyond.LEFT_OUT),
        pb.VariableSetStmt: _always(Beyond.LEFT_OUT),
    }
)
