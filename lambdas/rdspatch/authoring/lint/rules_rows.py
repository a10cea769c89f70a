"""Rules about rows: writes that must not happen twice, and proof that they happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.message import Message
from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.lint.names import name_of, show
from rdspatch.authoring.lint.rule import Rule
from rdspatch.authoring.lint.script import writes
from rdspatch.authoring.tree import Node, executed_nodes, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.lint.script import ScriptStatement
    from rdspatch.authoring.lint.state import ScriptState


def _unguarded_insert(statement: ScriptStatement, _state: ScriptState) -> Iterator[str]:
    if statement.guarded:
        return
    nodes = [node for _, node in executed_nodes(statement.node)]
    if any(isinstance(node, pb.DeleteStmt) for node in nodes):  # rows that are moved are gone the second time
        return
    for node in nodes:
        if isinstance(node, pb.InsertStmt) and not node.HasField("on_conflict_clause") and not _asks(node):
            yield f"INSERT INTO {show(name_of(node.relation))} adds the same rows again when the patch runs again"


def _asks(insert: Node) -> bool:
    """Whether the query looks into the table and takes only what is not there.

    That is NOT EXISTS, NOT IN, EXCEPT, or IS NULL of an outer join.
    """
    nodes = [node for _, node in executed_nodes(insert) if node is not insert.relation]
    looks = any(isinstance(node, pb.RangeVar) and node.relname == insert.relation.relname for node in nodes)
    return looks and any(
        (isinstance(node, pb.SelectStmt) and node.op == pb.SETOP_EXCEPT)
        or (isinstance(node, pb.BoolExpr) and node.boolop == pb.NOT_EXPR)
        or (isinstance(node, pb.NullTest) and node.nulltesttype == pb.IS_NULL)
        for node in nodes
    )


def _unguarded_update(statement: ScriptStatement, _state: ScriptState) -> Iterator[str]:
    if statement.guarded:
        return
    for _, node in executed_nodes(statement.node):
        if isinstance(node, pb.UpdateStmt) and not _is_guarded(node):
            yield (
                f"UPDATE {show(name_of(node.relation))} also takes rows that it has already changed, "
                "and that the application has changed since"
            )


def _is_guarded(update: Node) -> bool:
    """Whether the WHERE asks for a column that the update sets, and so can stop holding."""
    if not update.HasField("where_clause"):
        return False
    where = unwrap_node(update.where_clause)
    asked = _columns(where)
    return any(
        target.name in asked and _settles(target.name, unwrap_node(target.val), where)
        for target in map(unwrap_node, update.target_list)
    )


def _settles(column: str, value: Node, where: Node) -> bool:
    """Whether a value made from the column's own old value is asked for: `SET a = a + 1 WHERE a > 0` never ends."""
    if column not in _columns(value):
        return True
    wanted = _shape(value)
    return any(
        _shape(node) == wanted or (isinstance(node, pb.NullTest) and column in _columns(node))
        for _, node in executed_nodes(where)
    )


def _columns(node: Node) -> frozenset[str]:
    return frozenset(
        name
        for _, inner in executed_nodes(node)
        if isinstance(inner, pb.ColumnRef)
        for name in names(inner.fields)[-1:]
    )


def _shape(node: Node) -> Node:
    """A copy without the places in the text, so that equal expressions are equal."""
    copy = type(node)()
    copy.CopyFrom(node)
    _forget_places(copy)
    return copy


def _forget_places(node: Node) -> None:
    for field, value in node.ListFields():
        if field.name == "location":
            node.ClearField("location")
        elif field.message_type is not None:
            for item in [value] if isinstance(value, Message) else value:
                _forget_places(item)


def _data_without_verify(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    if state.patch.directives.verify or not _changes_rows(statement.node):
        return
    first = next(other for other in state.script if _changes_rows(other.node))
    if statement is first:
        yield "nothing checks what became of the rows"


def _changes_rows(node: Node) -> bool:
    return any(writes(inner) for _, inner in executed_nodes(node))


def _delete_without_where(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    for _, node in executed_nodes(statement.node):
        if isinstance(node, pb.DeleteStmt) and not node.HasField("where_clause"):
            table = name_of(node.relation)
            if not state.is_new(table):
                yield f"a DELETE without WHERE removes every row of {show(table)}"


ROW_RULES = (
    Rule(
        id="unguarded-insert",
        condition="an INSERT neither has ON CONFLICT nor selects only the rows that are missing",
        effect="A second run adds the rows once more, or ends in a unique violation",
        instead="write ON CONFLICT DO NOTHING, or INSERT … SELECT … WHERE NOT EXISTS (…)",
        check=_unguarded_insert,
    ),
    Rule(
        id="unguarded-update",
        condition="the WHERE of an UPDATE does not ask for a column that the UPDATE sets",
        effect=(
            "A second run takes the same rows again: it undoes what the application wrote in between, and adds up "
            "what is computed from the old value"
        ),
        instead="ask in the WHERE for rows that still lack the new value, such as SET a = 1 WHERE a IS NULL",
        check=_unguarded_update,
    ),
    Rule(
        id="data-without-verify",
        condition="a patch changes rows and has no `verify:` directive",
        effect=(
            "A wrong WHERE touches no row and succeeds. The schema tells nothing of rows, so nobody notices before the "
            "application does"
        ),
        instead="say in the header what is true from now on: -- verify: SELECT NOT EXISTS (SELECT FROM … WHERE …)",
        check=_data_without_verify,
    ),
    Rule(
        id="delete-without-where",
        condition="a DELETE on a table that was there before has no WHERE",
        effect="Every row is gone, also those that the application wrote after the patch was reviewed",
        instead="write a WHERE, or say `-- allow: delete-without-where because …`",
        check=_delete_without_where,
    ),
)
