"""How the rules compare names: without a schema, `public` is meant, as in the default search path."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.tree import qualified_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.tree import Node

Name: TypeAlias = tuple[str, str]
"""Schema and name."""


def name_of(range_var: Node) -> Name:
    """The name of a relation that a statement mentions."""
    return (range_var.schemaname or "public", range_var.relname)


def full_name(parts: tuple[str, ...]) -> Name:
    """The name from its dotted parts."""
    return (parts[-2] if len(parts) > 1 else "public", parts[-1])


def show(name: Name) -> str:
    """The name as people write it."""
    return name[1] if name[0] == "public" else ".".join(name)


def alter_commands(node: Node) -> Iterator[Node]:
    """The subcommands of `ALTER TABLE`; nothing for other statements, nor for views, indexes and the like."""
    if isinstance(node, pb.AlterTableStmt) and node.objtype in (pb.OBJECT_TABLE, pb.OBJECT_FOREIGN_TABLE):
        for command in node.cmds:
            yield command.alter_table_cmd


def definition(command: Node) -> Node:
    """What a subcommand adds: a field called `def` cannot be written as an attribute."""
    return getattr(command, "def")


def added_columns(node: Node) -> Iterator[Node]:
    """The columns that `ALTER TABLE … ADD COLUMN` adds."""
    for command in alter_commands(node):
        if command.subtype == pb.AT_AddColumn:
            yield definition(command).column_def


def added_constraints(node: Node) -> Iterator[Node]:
    """The constraints that `ALTER TABLE … ADD CONSTRAINT` adds."""
    for command in alter_commands(node):
        if command.subtype == pb.AT_AddConstraint:
            yield definition(command).constraint


def column_constraints(column: Node) -> Iterator[Node]:
    """The constraints that stand behind a column, `NOT NULL` and `DEFAULT` among them."""
    for item in column.constraints:
        yield item.constraint


def dropped(node: Node) -> tuple[Name, ...]:
    """The names of what `DROP` drops; for a part of a table, such as a policy, the table and the part."""
    return tuple(full_name(qualified_name(item)) for item in node.objects) if isinstance(node, pb.DropStmt) else ()
