"""What a statement takes away by its class, where the catalogs of a scratch server may not show it.

A privilege that the scratch server never granted is taken nowhere there; a sequence's next number, a text search
configuration's mappings and a server's options are in no snapshot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.tree import names, qualified_name
from rdspatch.core.proof import HazardKind
from rdspatch.core.taking import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rdspatch.authoring.tree import Node


def declared_by(node: Node, made: frozenset[str]) -> Iterator[Taken]:
    """What one node of a statement, or of a body that it runs, takes away.

    Args:
        node: Any node of the parse tree.
        made: The names of what the patch itself has made; taking something of that takes it from nobody.
    """
    judge = _BY_CLASS.get(type(node).__name__)
    for fact in judge(node) if judge is not None else ():
        if fact.on.rpartition(".")[2] not in made:
            yield fact


def _grant(node: Node) -> Iterator[Taken]:
    if node.is_grant:
        return
    privileges = ", ".join(unwrap_node(item).priv_name.upper() for item in node.privileges) or "every privilege"
    what = f"the right to grant {privileges}" if node.grant_option else privileges
    roles = ", ".join(map(_role, node.grantees))
    if node.targtype == pb.ACL_TARGET_DEFAULTS:
        sentence = f"takes {what} on what is made later from {roles}: statements that need it are refused"
        yield Taken(kind=HazardKind.ACCESS, on="default privileges", sentence=sentence)
        return
    for item in node.objects:
        name = ".".join(_name(item))
        on = f"everything in {name}" if node.targtype == pb.ACL_TARGET_ALL_IN_SCHEMA else name
        sentence = f"takes {what} on {on} from {roles}, where it was granted: statements that need it are refused"
        yield Taken(kind=HazardKind.ACCESS, on=name, sentence=sentence)


def _owner(node: Node) -> Iterator[Taken]:
    yield _given(_name(node.object) if node.HasField("object") else names([]), _role(node.newowner))


def _alter_table(node: Node) -> Iterator[Taken]:
    for command in (unwrap_node(item) for item in node.cmds):
        if command.subtype == pb.AT_ChangeOwner:
            yield _given(_range_var(node.relation), _role(command.newowner))


def _given(name: Sequence[str], role: str) -> Taken:
    on = ".".join(name)
    what = f"gives {on} to {role}: whoever owned it keeps only what it is granted"
    return Taken(kind=HazardKind.ACCESS, on=on, sentence=what)


def _sequence(node: Node) -> Iterator[Taken]:
    if any(unwrap_node(item).defname == "restart" for item in node.options):
        yield _next_number(".".join(_range_var(node.sequence)))


def _call(node: Node) -> Iterator[Taken]:
    if names(node.funcname)[-1] == "setval":
        yield _next_number(_constant(unwrap_node(node.args[0])) if node.args else "a sequence")


def _constant(argument: Node) -> str:
    """The sequence that is named, with or without a cast."""
    named = unwrap_node(argument.arg) if isinstance(argument, pb.TypeCast) else argument
    return named.sval.sval if isinstance(named, pb.A_Const) and named.sval.sval else "a sequence"


def _truncate(node: Node) -> Iterator[Taken]:
    if node.restart_seqs:
        yield from (_next_number(f"the sequences of {'.'.join(_name(item))}") for item in node.relations)


def _next_number(on: str) -> Taken:
    sentence = f"sets the next number of {on}: numbers that are taken may come again, and an INSERT be refused"
    return Taken(kind=HazardKind.RESTRICTS, on=on, sentence=sentence)


def _label(node: Node) -> Iterator[Taken]:
    on = ".".join(_name(node.object))
    sentence = f"changes the security label of {on}: who may use it is for the label provider to say"
    yield Taken(kind=HazardKind.ACCESS, on=on, sentence=sentence)


def _changes(what: str, name: Callable[[Node], Sequence[str]], end: str) -> Callable[[Node], Iterator[Taken]]:
    def judge(node: Node) -> Iterator[Taken]:
        on = ".".join(name(node))
        yield Taken(kind=HazardKind.RESTRICTS, on=on, sentence=f"changes the {what} {on}: {end}")

    return judge


def _publication(node: Node) -> Iterator[Taken]:
    if node.action != pb.AP_AddObjects or node.options:
        sentence = f"changes the publication {node.pubname}: its subscribers may get other changes, or none"
        yield Taken(kind=HazardKind.RESTRICTS, on=node.pubname, sentence=sentence)


def _ts_configuration(node: Node) -> Iterator[Taken]:
    if node.kind != pb.ALTER_TSCONFIG_ADD_MAPPING:
        yield from _changes("text search configuration", lambda it: names(it.cfgname), _SEARCHES)(node)


def _event_trigger(node: Node) -> Iterator[Taken]:
    sentence = f"makes the event trigger {node.trigname}: it may refuse or follow every {node.eventname}"
    yield Taken(kind=HazardKind.RESTRICTS, on=node.eventname, sentence=sentence)


def _user_mapping(node: Node) -> Sequence[str]:
    return (f"{_role(node.user)} on {node.servername}",)


def _role(role: Node) -> str:
    spec = unwrap_node(role)
    return spec.rolename or {pb.ROLESPEC_PUBLIC: "everybody"}.get(spec.roletype, "the current role")


def _name(item: Node) -> Sequence[str]:
    node = unwrap_node(item)
    return _range_var(node) if isinstance(node, pb.RangeVar) else qualified_name(node)


def _range_var(node: Node) -> Sequence[str]:
    return tuple(part for part in (node.schemaname, node.relname) if part)


_SEARCHES = "searches may find other documents"
_ELSEWHERE = "what reads through it may be refused or get other rows"
_BY_CLASS: dict[str, Callable[[Node], Iterator[Taken]]] = {
    "AlterExtensionStmt": _changes("version of the extension", lambda it: (it.extname,), "what it offers may be gone"),
    "AlterFdwStmt": _changes("foreign data wrapper", lambda it: (it.fdwname,), _ELSEWHERE),
    "AlterForeignServerStmt": _changes("foreign server", lambda it: (it.servername,), _ELSEWHERE),
    "AlterOperatorStmt": _changes("operator", lambda it: names(it.opername.objname), "it may be planned otherwise"),
    "AlterOwnerStmt": _owner,
    "AlterPublicationStmt": _publication,
    "AlterSeqStmt": _sequence,
    "AlterTableStmt": _alter_table,
    "AlterTSConfigurationStmt": _ts_configuration,
    "AlterTSDictionaryStmt": _changes("text search dictionary", lambda it: names(it.dictname), _SEARCHES),
    "AlterTypeStmt": _changes("type", lambda it: names(it.type_name), "values may be stored or shown otherwise"),
    "AlterUserMappingStmt": _changes("user mapping", _user_mapping, _ELSEWHERE),
    "CreateEventTrigStmt": _event_trigger,
    "FuncCall": _call,
    "GrantStmt": _grant,
    "SecLabelStmt": _label,
    "TruncateStmt": _truncate,
}
