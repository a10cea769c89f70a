"""What a patch drops before it creates it: such a pair finds nothing in its way when the patch runs again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.lint.names import Name, alter_commands, full_name, name_of
from rdspatch.authoring.tree import names, qualified_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rdspatch.authoring.tree import Node

_RELATIONS = (pb.OBJECT_TABLE, pb.OBJECT_VIEW, pb.OBJECT_MATVIEW, pb.OBJECT_FOREIGN_TABLE)
_ROUTINES = frozenset({pb.OBJECT_FUNCTION, pb.OBJECT_PROCEDURE, pb.OBJECT_ROUTINE, pb.OBJECT_AGGREGATE})
_INPUTS = frozenset({pb.FUNC_PARAM_DEFAULT, pb.FUNC_PARAM_IN, pb.FUNC_PARAM_INOUT, pb.FUNC_PARAM_VARIADIC})
_ANY: tuple[str, ...] = ("*",)
"""The arguments of a function that is dropped by its name alone."""
_PARTS = {pb.AT_DropColumn: pb.OBJECT_COLUMN, pb.AT_DropConstraint: pb.OBJECT_TABCONSTRAINT}


class Drops:
    """Grows statement by statement."""

    def __init__(self) -> None:
        self._dropped: set[tuple[int, Name]] = set()
        """The kind and the name; a part of a table stands with its table's name instead of a schema."""
        self._routines: set[tuple[int, Name, tuple[str, ...]]] = set()

    def follow(self, node: Node) -> None:
        """Take in what a statement drops."""
        if isinstance(node, pb.DropStmt):
            for item in node.objects:
                self._drop(node.remove_type, item)
        for command in alter_commands(node):
            if command.subtype in _PARTS:
                self._dropped.add((_PARTS[command.subtype], (node.relation.relname, command.name)))

    def _drop(self, kind: int, item: Node) -> None:
        name = full_name(qualified_name(item))
        if kind in _ROUTINES:
            routine = unwrap_node(item)
            arguments = _ANY if routine.args_unspecified else _types(map(unwrap_node, routine.objargs))
            self._routines.add((kind, name, arguments))
        else:
            self._dropped.add((kind, name))

    def cover(self, node: Node) -> bool:
        """Whether what a statement creates was dropped before, alone or together with what it belongs to."""
        match node:
            case pb.CreateFunctionStmt():
                kind = pb.OBJECT_PROCEDURE if node.is_procedure else pb.OBJECT_FUNCTION
                return self._covers_routine(kind, names(node.funcname), node.parameters)
            case pb.DefineStmt() if node.kind == pb.OBJECT_AGGREGATE and node.args:
                arguments = unwrap_node(node.args[0])
                parameters = arguments.items if isinstance(arguments, pb.List) else ()  # of (*) it is an empty node
                return self._covers_routine(node.kind, names(node.defnames), parameters)
            case _:
                return any(what in self._dropped for what in _created(node))

    def cover_part(self, table: Name, kind: int, part: str) -> bool:
        """Whether a column or constraint was dropped before, alone or with its table."""
        return (kind, (table[1], part)) in self._dropped or any(what in self._dropped for what in _whole(table))

    def _covers_routine(self, kind: int, name: tuple[str, ...], parameters: Iterable[Node]) -> bool:
        given = _types(item.arg_type for item in map(unwrap_node, parameters) if item.mode in _INPUTS)
        return any(
            (dropped, full_name(name), arguments) in self._routines
            for dropped in (kind, pb.OBJECT_ROUTINE)
            for arguments in (given, _ANY)
        )


def _types(type_names: Iterable[Node]) -> tuple[str, ...]:
    return tuple(names(item.names)[-1] + "[]" * bool(item.array_bounds) for item in type_names)


def _whole(relation: Name) -> Iterator[tuple[int, Name]]:
    """The drops that take a relation along."""
    yield from ((kind, relation) for kind in _RELATIONS)
    yield pb.OBJECT_SCHEMA, ("public", relation[0])


def _created(node: Node) -> Iterator[tuple[int, Name]]:
    """Every drop after which a statement finds nothing in its way."""
    if isinstance(node, pb.IndexStmt):
        table = name_of(node.relation)
        yield from ((pb.OBJECT_INDEX, (table[0], node.idxname)), *_whole(table))
    if type(node) in _PARTS_OF_TABLES:
        kind, table_field, part_field = _PARTS_OF_TABLES[type(node)]
        table = getattr(node, table_field)
        yield from ((kind, (table.relname, getattr(node, part_field))), *_whole(name_of(table)))
    if type(node) in _IN_SCHEMAS:
        kinds, name = _IN_SCHEMAS[type(node)](node)
        yield from ((kind, name) for kind in kinds)
        yield pb.OBJECT_SCHEMA, ("public", name[0])
    if type(node) in _DATABASE_WIDE:
        kind, field = _DATABASE_WIDE[type(node)]
        yield kind, ("public", getattr(node, field))


_PARTS_OF_TABLES: dict[type[Node], tuple[int, str, str]] = {
    pb.CreateTrigStmt: (pb.OBJECT_TRIGGER, "relation", "trigname"),
    pb.RuleStmt: (pb.OBJECT_RULE, "relation", "rulename"),
    pb.CreatePolicyStmt: (pb.OBJECT_POLICY, "table", "policy_name"),
}
_IN_SCHEMAS: dict[type[Node], Callable[[Node], tuple[tuple[int, ...], Name]]] = {
    pb.CreateStmt: lambda node: ((pb.OBJECT_TABLE,), name_of(node.relation)),
    pb.CreateForeignTableStmt: lambda node: ((pb.OBJECT_FOREIGN_TABLE,), name_of(node.base_stmt.relation)),
    pb.CreateTableAsStmt: lambda node: ((node.objtype,), name_of(node.into.rel)),
    pb.ViewStmt: lambda node: ((pb.OBJECT_VIEW,), name_of(node.view)),
    pb.CreateSeqStmt: lambda node: ((pb.OBJECT_SEQUENCE,), name_of(node.sequence)),
    pb.CompositeTypeStmt: lambda node: ((pb.OBJECT_TYPE,), name_of(node.typevar)),
    pb.CreateEnumStmt: lambda node: ((pb.OBJECT_TYPE,), full_name(names(node.type_name))),
    pb.CreateRangeStmt: lambda node: ((pb.OBJECT_TYPE,), full_name(names(node.type_name))),
    pb.CreateDomainStmt: lambda node: ((pb.OBJECT_DOMAIN, pb.OBJECT_TYPE), full_name(names(node.domainname))),
    pb.DefineStmt: lambda node: ((node.kind,), full_name(names(node.defnames))),
    pb.CreateStatsStmt: lambda node: ((pb.OBJECT_STATISTIC_EXT,), full_name(names(node.defnames) or ("",))),
}
_DATABASE_WIDE: dict[type[Node], tuple[int, str]] = {
    pb.CreateEventTrigStmt: (pb.OBJECT_EVENT_TRIGGER, "trigname"),
    pb.CreateExtensionStmt: (pb.OBJECT_EXTENSION, "extname"),
    pb.CreateFdwStmt: (pb.OBJECT_FDW, "fdwname"),
    pb.CreateForeignServerStmt: (pb.OBJECT_FOREIGN_SERVER, "servername"),
    pb.CreatePublicationStmt: (pb.OBJECT_PUBLICATION, "pubname"),
    pb.CreateSchemaStmt: (pb.OBJECT_SCHEMA, "schemaname"),
}
