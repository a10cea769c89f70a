"""Rules about long work under strong locks that squawk does not know, or that need to know what was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.lint.names import added_columns, alter_commands, column_constraints, name_of, show
from rdspatch.authoring.lint.rule import Rule, Severity
from rdspatch.authoring.tree import executed_nodes, names, option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.lint.script import ScriptStatement
    from rdspatch.authoring.lint.state import ScriptState

_SERIALS = frozenset({"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"})
_REWRITES = {
    pb.AT_SetLogged: "SET LOGGED",
    pb.AT_SetUnLogged: "SET UNLOGGED",
    pb.AT_SetAccessMethod: "SET ACCESS METHOD",
    pb.AT_SetTableSpace: "SET TABLESPACE",
}


def _set_not_null(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    for command in alter_commands(statement.node):
        table = name_of(statement.node.relation)
        known = state.is_new(table) or state.schema.is_proven_not_null(table, command.name)
        if command.subtype == pb.AT_SetNotNull and not known:
            yield f"SET NOT NULL reads all of {show(table)} while nobody else can"


def _serial_column(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    for column in added_columns(statement.node):
        if names(column.type_name.names)[-1] in _SERIALS and not state.is_new(name_of(statement.node.relation)):
            yield f"each row gets its own number for column {column.colname}, so every row is written again"


def _column_check(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    for column in added_columns(statement.node):
        checked = any(constraint.contype == pb.CONSTR_CHECK for constraint in column_constraints(column))
        if checked and not state.is_new(name_of(statement.node.relation)):
            yield f"the CHECK of the new column {column.colname} reads every row while nobody else can"


def _validated_at_once(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    if not state.one_transaction:
        return
    for command in alter_commands(statement.node):
        table = name_of(statement.node.relation)
        added = (table, command.name) in state.added_constraints
        if command.subtype == pb.AT_ValidateConstraint and added and not state.is_new(table):
            yield f"{command.name} is validated under the strong lock that adding it took in the same transaction"


def _enum_value_used(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    if not state.one_transaction or isinstance(statement.node, pb.AlterEnumStmt):
        return
    used = {
        node.sval.sval
        for _, node in executed_nodes(statement.node)
        if isinstance(node, pb.A_Const) and node.HasField("sval")
    }
    for label in sorted(used & state.new_enum_values):
        yield f"PostgreSQL refuses the enum value '{label}' until the transaction that added it has committed"


def _whole_table_rewrite(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    node = statement.node
    if isinstance(node, pb.VacuumStmt) and option(node.options, "full"):
        yield "VACUUM FULL writes the table again while nobody can read it"
    if isinstance(node, pb.ClusterStmt):
        yield "CLUSTER writes the table again while nobody can read it"
    for command in alter_commands(node):
        if command.subtype in _REWRITES and not state.is_new(name_of(node.relation)):
            yield f"{_REWRITES[command.subtype]} writes the table again while nobody can read it"


def _blocking_refresh(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    node = statement.node
    if isinstance(node, pb.RefreshMatViewStmt) and not node.concurrent and not node.skip_data:
        view = name_of(node.relation)
        if not state.is_new(view):
            yield f"REFRESH MATERIALIZED VIEW {show(view)} stops its readers as long as the query runs"


LOCK_RULES = (
    Rule(
        id="set-not-null",
        condition=(
            "a column of a table that was there before becomes NOT NULL, "
            "and no validated CHECK of this or an earlier patch proves that it holds no null"
        ),
        effect="PostgreSQL reads the whole table under its strongest lock; readers and writers wait as long",
        instead=(
            "add CHECK (column IS NOT NULL) NOT VALID in one patch, VALIDATE it in the next, SET NOT NULL in a third"
        ),
        check=_set_not_null,
    ),
    Rule(
        id="serial-column",
        condition="a column of type serial is added to a table that was there before",
        effect="Every row is written again under the table's strongest lock",
        instead="add a nullable bigint column, give it a sequence as its default, and fill the old rows in batches",
        check=_serial_column,
        replaces=("squawk/adding-required-field", "squawk/adding-field-with-default"),
    ),
    Rule(
        id="column-check",
        condition="a column with a CHECK is added to a table that was there before",
        effect="PostgreSQL reads the whole table under its strongest lock, although the column is new",
        instead="add the column alone, then ADD CONSTRAINT … CHECK (…) NOT VALID, and VALIDATE it in the next patch",
        check=_column_check,
    ),
    Rule(
        id="validated-at-once",
        condition="a constraint is validated in the transaction that added it",
        effect=(
            "The lock of ADD CONSTRAINT lasts until the patch commits, so writers wait while the rows are checked. "
            "NOT VALID gains nothing"
        ),
        instead="VALIDATE it in the next patch",
        check=_validated_at_once,
    ),
    Rule(
        id="enum-value-used",
        condition="a value is added to an enum type and used in the same transaction",
        effect="The statement that uses it fails with SQLSTATE 55P04, in production as everywhere",
        instead="use it in the next patch",
        check=_enum_value_used,
    ),
    Rule(
        id="table-rewrite",
        condition="a command whose only work is to write the table again",
        effect="Readers and writers wait for as long as copying the table and its indexes takes",
        instead="leave it to a maintenance window, or say `-- allow: table-rewrite because …`",
        check=_whole_table_rewrite,
    ),
    Rule(
        id="blocking-refresh",
        condition="a materialized view is refreshed without CONCURRENTLY",
        effect="Everybody who reads it waits",
        instead="write REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on it",
        severity=Severity.WARNING,
        check=_blocking_refresh,
    ),
)
