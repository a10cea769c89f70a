"""What the baseline and the earlier patches tell of tables, for rules that ask what was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.lint.names import Name, alter_commands, column_constraints, definition, dropped, name_of
from rdspatch.authoring.lint.types import ColumnType, type_of
from rdspatch.authoring.tree import names, text_option
from rdspatch.authoring.volatility import Volatility

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdspatch.authoring.tree import Node


class KnownSchema:
    """Tables by name, the types of their columns, and which CHECKs prove a column NOT NULL.

    It grows statement by statement. What it does not know, such as what dynamic SQL did, it says so by None.
    """

    def __init__(self) -> None:
        self._types: dict[Name, dict[str, ColumnType]] = {}
        self._proofs: dict[tuple[Name, str], frozenset[str]] = {}
        self._validated: set[tuple[Name, str]] = set()
        self.functions: dict[str, Volatility] = {}
        """The volatility of functions, by name without schema."""

    def has_table(self, table: Name) -> bool:
        """Whether a statement that was followed created the table."""
        return table in self._types

    def type_of(self, table: Name, column: str) -> ColumnType | None:
        """The type of a column, or None when no statement that was followed told it."""
        return self._types.get(table, {}).get(column)

    def is_proven_not_null(self, table: Name, column: str) -> bool:
        """Whether a validated CHECK says that the column holds no null."""
        return any(
            column in columns for key, columns in self._proofs.items() if key[0] == table and key in self._validated
        )

    def follow(self, node: Node) -> None:
        """Take in what a statement does; other statements than those about tables do nothing here."""
        match node:
            case pb.CreateStmt():
                self._create(node)
            case pb.AlterTableStmt():
                for command in alter_commands(node):
                    self._alter(name_of(node.relation), command)
            case pb.CreateFunctionStmt():
                self._declare(node.funcname, text_option(node.options, "volatility") or Volatility.VOLATILE.value)
            case pb.AlterFunctionStmt():
                self._declare(node.func.objname, text_option(node.actions, "volatility"))
            case pb.RenameStmt():
                self._rename(node)
            case pb.DropStmt():
                for name in dropped(node) if node.remove_type == pb.OBJECT_TABLE else ():
                    self._forget(name)

    def _declare(self, function: Iterable[Node], level: str | None) -> None:
        if level is not None:
            self.functions[names(function)[-1]] = Volatility(level)

    def _create(self, node: Node) -> None:
        table = name_of(node.relation)
        if table in self._types:
            return
        self._types[table] = {}
        for element in map(unwrap_node, node.table_elts):
            if isinstance(element, pb.ColumnDef):
                self._add_column(table, element)
            elif isinstance(element, pb.Constraint):
                self._add_constraint(table, element)

    def _add_column(self, table: Name, column: Node) -> None:
        columns = self._types.setdefault(table, {})
        if column.HasField("type_name"):  # a typed table's columns have the types of its composite type
            columns.setdefault(column.colname, type_of(column.type_name))
        for constraint in column_constraints(column):
            self._add_constraint(table, constraint)

    def _add_constraint(self, table: Name, constraint: Node) -> None:
        columns = frozenset(_not_null_columns(constraint))
        if columns:
            key = (table, constraint.conname)
            self._proofs[key] = columns
            if not constraint.skip_validation:
                self._validated.add(key)

    def _alter(self, table: Name, command: Node) -> None:
        match command.subtype:
            case pb.AT_AddColumn:
                self._add_column(table, definition(command).column_def)
            case pb.AT_DropColumn:
                self._types.get(table, {}).pop(command.name, None)
            case pb.AT_AlterColumnType:
                self._types.setdefault(table, {})[command.name] = type_of(definition(command).column_def.type_name)
            case pb.AT_AddConstraint:
                self._add_constraint(table, definition(command).constraint)
            case pb.AT_ValidateConstraint:
                self._validated.add((table, command.name))
            case pb.AT_DropConstraint:
                self._validated.discard((table, command.name))

    def _rename(self, node: Node) -> None:
        table = name_of(node.relation)
        if node.rename_type == pb.OBJECT_TABLE:
            self._types[(table[0], node.newname)] = self._types.pop(table, {})
            moved = {key: value for key, value in self._proofs.items() if key[0] == table}
            for key, columns in moved.items():
                new = ((table[0], node.newname), key[1])
                self._proofs[new] = columns
                if key in self._validated:
                    self._validated.add(new)
            self._forget(table)
        elif node.rename_type == pb.OBJECT_COLUMN and node.subname in self._types.get(table, {}):
            self._types[table][node.newname] = self._types[table].pop(node.subname)

    def _forget(self, table: Name) -> None:
        self._types.pop(table, None)
        self._proofs = {key: value for key, value in self._proofs.items() if key[0] != table}
        self._validated = {key for key in self._validated if key[0] != table}


def _not_null_columns(constraint: Node) -> Iterator[str]:
    if constraint.contype == pb.CONSTR_NOTNULL:
        yield from names(constraint.keys)
    elif constraint.contype == pb.CONSTR_CHECK:
        yield from _tested(unwrap_node(constraint.raw_expr))


def _tested(expression: Node) -> Iterator[str]:
    if isinstance(expression, pb.BoolExpr) and expression.boolop == pb.AND_EXPR:
        for argument in expression.args:
            yield from _tested(unwrap_node(argument))
    elif isinstance(expression, pb.NullTest) and expression.nulltesttype == pb.IS_NOT_NULL:
        column = unwrap_node(expression.arg)
        if isinstance(column, pb.ColumnRef):
            yield from names(column.fields)[-1:]
