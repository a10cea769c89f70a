"""Rules about what no later patch brings back; each wants a reason in the header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.lint.names import alter_commands, definition, dropped, name_of, show
from rdspatch.authoring.lint.rule import Rule
from rdspatch.authoring.lint.types import TypeChange, type_change, type_of
from rdspatch.authoring.tree import qualified_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.lint.script import ScriptStatement
    from rdspatch.authoring.lint.state import ScriptState
    from rdspatch.authoring.tree import Node

_TABLES = frozenset({pb.OBJECT_TABLE, pb.OBJECT_FOREIGN_TABLE})


def _drop_table(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    node = statement.node
    if isinstance(node, pb.DropStmt) and node.remove_type in _TABLES:
        for table in dropped(node):
            if not state.is_new(table):
                yield f"DROP TABLE {show(table)} deletes its rows for good"


def _drop_column(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    for command in alter_commands(statement.node):
        table = name_of(statement.node.relation)
        if command.subtype == pb.AT_DropColumn and not state.is_new(table):
            yield f"DROP COLUMN {command.name} deletes the values of {show(table)}.{command.name} for good"


def _drop_schema(statement: ScriptStatement, _state: ScriptState) -> Iterator[str]:
    node = statement.node
    if isinstance(node, pb.DropStmt) and node.remove_type == pb.OBJECT_SCHEMA and node.behavior == pb.DROP_CASCADE:
        for item in node.objects:
            yield f"DROP SCHEMA {qualified_name(item)[-1]} CASCADE deletes every table in it"


def _drop_cascade(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    node = statement.node
    cascades = isinstance(node, pb.DropStmt) and node.behavior == pb.DROP_CASCADE
    whole = cascades and node.remove_type != pb.OBJECT_SCHEMA and not all(map(state.is_new, dropped(node)))
    if whole or any(command.behavior == pb.DROP_CASCADE for command in alter_commands(node)):
        yield "CASCADE also drops what depends on it, which this patch does not name"


def _truncate(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    if isinstance(statement.node, pb.TruncateStmt):
        for relation in map(unwrap_node, statement.node.relations):
            if not state.is_new(name_of(relation)):
                yield f"TRUNCATE {show(name_of(relation))} removes every row"


def _narrowing_type(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    for command, old, new, change in _type_changes(statement, state):
        if change is TypeChange.NARROWING:
            yield f"not every {old} of column {command.name} is a {new}: values are refused, cut or rounded"


def _changed_type(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    for command, old, new, change in _type_changes(statement, state):
        if change is TypeChange.REWRITE:
            before = f"from {old}" if old is not None else "from a type that no patch tells"
            yield f"column {command.name} {before} to {new} writes every row again while nobody can read the table"


def _type_changes(statement: ScriptStatement, state: ScriptState) -> Iterator[tuple[Node, object, object, TypeChange]]:
    for command in alter_commands(statement.node):
        table = name_of(statement.node.relation)
        if command.subtype != pb.AT_AlterColumnType or state.is_new(table):
            continue
        column = definition(command).column_def
        old, new = state.schema.type_of(table, command.name), type_of(column.type_name)
        change = TypeChange.REWRITE if old is None else type_change(old, new)
        if change is TypeChange.FREE and column.HasField("raw_default"):  # USING
            change = TypeChange.REWRITE
        yield command, old, new, change


DESTRUCTION_RULES = (
    Rule(
        id="drop-table",
        condition="a table that was there before is dropped",
        effect="Its rows are gone, and the application that still runs fails on every query of it",
        instead="keep it until nothing reads it, then say `-- allow: drop-table because …`",
        check=_drop_table,
    ),
    Rule(
        id="drop-column",
        condition="a column of a table that was there before is dropped",
        effect=(
            "Its values are gone. The application that still runs fails on every query that names the column, as does "
            "every object-relational mapper that lists all columns"
        ),
        instead="release an application that does not read it, then say `-- allow: drop-column because …`",
        check=_drop_column,
    ),
    Rule(
        id="drop-schema",
        condition="a schema is dropped with what is in it",
        effect="Every table in it is gone, also those that nobody thought of",
        instead="drop the tables by name first, or say `-- allow: drop-schema because …`",
        check=_drop_schema,
    ),
    Rule(
        id="drop-cascade",
        condition="a DROP says CASCADE",
        effect=(
            "Views, columns, constraints and functions that depend on it go too. Which ones differs between databases, "
            "and no review sees it"
        ),
        instead="drop what depends on it by name first, or say `-- allow: drop-cascade because …`",
        check=_drop_cascade,
    ),
    Rule(
        id="truncate",
        condition="a table that was there before is truncated",
        effect="Every row is gone, under a lock that stops readers too",
        instead="DELETE with a WHERE, or say `-- allow: truncate because …`",
        check=_truncate,
    ),
    Rule(
        id="narrowing-type",
        condition="a column gets a type that does not hold every value of the old one",
        effect="Values are cut or rounded without a word, or one of them stops the patch in production",
        instead=(
            "add a column of the new type, copy what fits, and drop the old one later; "
            "or say `-- allow: narrowing-type because …`"
        ),
        check=_narrowing_type,
    ),
    Rule(
        id="type-change",
        condition="a column of a table that was there before gets a type for which every row is written again",
        effect="The table is locked against readers and writers as long as that takes, its indexes included",
        instead=(
            "add a column of the new type, copy in batches, and let the application change over; "
            "or say `-- allow: type-change because …`"
        ),
        check=_changed_type,
    ),
)
