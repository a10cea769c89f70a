"""Rules about creating and dropping: a second run of the patch must pass over what the first one did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.lint.names import alter_commands, definition, name_of
from rdspatch.authoring.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.lint.script import ScriptStatement
    from rdspatch.authoring.lint.state import ScriptState
    from rdspatch.authoring.tree import Node

_IF_NOT_EXISTS = (
    (pb.CreateSchemaStmt, "SCHEMA"),
    (pb.CreateSeqStmt, "SEQUENCE"),
    (pb.CreateExtensionStmt, "EXTENSION"),
    (pb.CreateStatsStmt, "STATISTICS"),
    (pb.CreateForeignServerStmt, "SERVER"),
    (pb.CreateUserMappingStmt, "USER MAPPING"),
    (pb.IndexStmt, "INDEX"),
)
_OR_REPLACE = (
    (pb.ViewStmt, "VIEW"),
    (pb.CreateFunctionStmt, "FUNCTION"),
    (pb.RuleStmt, "RULE"),
    (pb.CreatePLangStmt, "LANGUAGE"),
    (pb.CreateTransformStmt, "TRANSFORM"),
)
_NOTHING_OFFERED: dict[type[Node], str] = {
    pb.CreateEnumStmt: "CREATE TYPE",
    pb.CompositeTypeStmt: "CREATE TYPE",
    pb.CreateRangeStmt: "CREATE TYPE",
    pb.CreateDomainStmt: "CREATE DOMAIN",
    pb.CreateCastStmt: "CREATE CAST",
    pb.CreateEventTrigStmt: "CREATE EVENT TRIGGER",
    pb.CreatePublicationStmt: "CREATE PUBLICATION",
    pb.CreateFdwStmt: "CREATE FOREIGN DATA WRAPPER",
    pb.CreateConversionStmt: "CREATE CONVERSION",
    pb.CreateOpClassStmt: "CREATE OPERATOR CLASS",
    pb.CreateOpFamilyStmt: "CREATE OPERATOR FAMILY",
    pb.CreateAmStmt: "CREATE ACCESS METHOD",
}
_COLUMN_FORMS = {
    pb.AT_AddColumn: "ADD COLUMN without IF NOT EXISTS",
    pb.AT_DropColumn: "DROP COLUMN without IF EXISTS",
    pb.AT_DropConstraint: "DROP CONSTRAINT without IF EXISTS",
    pb.AT_DropIdentity: "DROP IDENTITY without IF EXISTS",
    pb.AT_DropExpression: "DROP EXPRESSION without IF EXISTS",
}
_UNGUARDED_COMMANDS = {
    pb.AT_AddIdentity: "ADD GENERATED",
    pb.AT_AddInherit: "INHERIT",
    pb.AT_DropInherit: "NO INHERIT",
    pb.AT_AttachPartition: "ATTACH PARTITION",
}
_DETACH = (pb.AT_DetachPartition, pb.AT_DetachPartitionFinalize)
# ALTER … IF EXISTS finds nothing under the old name the second time.
_RENAMED_AS_A_WHOLE = frozenset(
    {
        pb.OBJECT_FOREIGN_TABLE,
        pb.OBJECT_INDEX,
        pb.OBJECT_MATVIEW,
        pb.OBJECT_SEQUENCE,
        pb.OBJECT_TABLE,
        pb.OBJECT_VIEW,
    },
)


def _not_rerunnable(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    node = statement.node
    if statement.guarded:
        return
    yield from _created_without_a_question(node, state)
    if isinstance(node, pb.DropStmt | pb.DropUserMappingStmt) and not node.missing_ok:
        yield "DROP without IF EXISTS fails when the patch runs again"
    if isinstance(node, pb.AlterEnumStmt) and not node.old_val and not node.skip_if_new_val_exists:
        yield "ADD VALUE without IF NOT EXISTS fails when the patch runs again"
    for command in alter_commands(node):
        form = _COLUMN_FORMS.get(command.subtype)
        if form is not None and not command.missing_ok and not _is_added_anew(command, node, state):
            yield f"{form} fails when the patch runs again"


def _is_added_anew(command: Node, node: Node, state: ScriptState) -> bool:
    column = definition(command).column_def.colname if command.subtype == pb.AT_AddColumn else ""
    return bool(column) and state.drops.cover_part(name_of(node.relation), pb.OBJECT_COLUMN, column)


def _created_without_a_question(node: Node, state: ScriptState) -> Iterator[str]:
    what = ""
    if state.drops.cover(node):
        return
    if isinstance(node, pb.CreateForeignTableStmt):
        node = node.base_stmt
    match node:
        case pb.CreateStmt() if not node.if_not_exists and node.relation.relpersistence != "t":
            what = "CREATE TABLE without IF NOT EXISTS"
        case pb.CreateTableAsStmt() if not node.if_not_exists and node.into.rel.relpersistence != "t":
            kind = "MATERIALIZED VIEW" if node.objtype == pb.OBJECT_MATVIEW else "TABLE"
            what = f"CREATE {kind} … AS without IF NOT EXISTS"
        case pb.CreateTrigStmt() if not node.replace:
            what = "CREATE TRIGGER without OR REPLACE, or DROP TRIGGER IF EXISTS before it,"
        case pb.DefineStmt() if not node.if_not_exists and not node.replace:
            what = "CREATE without IF NOT EXISTS or OR REPLACE"
        case _:
            what = _form_of(node, _IF_NOT_EXISTS, "if_not_exists", "IF NOT EXISTS")
            what = what or _form_of(node, _OR_REPLACE, "replace", "OR REPLACE")
    if what:
        yield f"{what} fails when the patch runs again"


def _form_of(node: Node, kinds: tuple[tuple[type[Node], str], ...], field: str, form: str) -> str:
    if isinstance(node, pb.IndexStmt) and node.concurrent and not node.idxname:  # refused for that
        return ""
    for kind, word in kinds:
        if isinstance(node, kind) and not getattr(node, field):
            return f"CREATE {word} without {form}"
    return ""


def _unguarded(statement: ScriptStatement, state: ScriptState) -> Iterator[str]:
    if statement.guarded:
        return
    node = statement.node
    for form in (*_forms_that_ask_nothing(node, state), *_unguarded_commands(node, state)):
        yield f"{form} has no IF NOT EXISTS of its own, so a second run fails or does it again"


def _forms_that_ask_nothing(node: Node, state: ScriptState) -> Iterator[str]:
    match node:
        case _ if isinstance(node, tuple(_NOTHING_OFFERED)):
            if not state.drops.cover(node):
                yield _NOTHING_OFFERED[type(node)]
        case pb.CreatePolicyStmt() if not state.drops.cover(node):
            yield "CREATE POLICY"
        case pb.SelectStmt() if node.HasField("into_clause"):  # in PL/pgSQL it assigns, and is read without it
            yield "SELECT … INTO"
        case pb.AlterEnumStmt() if node.old_val:
            yield "RENAME VALUE"
        case pb.RenameStmt() if not (node.missing_ok and node.rename_type in _RENAMED_AS_A_WHOLE):
            yield "RENAME"
        case pb.AlterObjectSchemaStmt() if not node.missing_ok:
            yield "SET SCHEMA"
        case pb.AlterSeqStmt() if any(item.def_elem.defname == "restart" for item in node.options):
            yield "RESTART"
        case pb.AlterDomainStmt(subtype="C"):
            yield "ADD CONSTRAINT"


def _unguarded_commands(node: Node, state: ScriptState) -> Iterator[str]:
    for command in alter_commands(node):
        table = name_of(node.relation)
        form = _UNGUARDED_COMMANDS.get(command.subtype)
        if form is not None:
            yield form
        elif command.subtype == pb.AT_AddConstraint:
            constraint = definition(command).constraint.conname
            if not state.drops.cover_part(table, pb.OBJECT_TABCONSTRAINT, constraint):
                yield "ADD CONSTRAINT"
        # Without a transaction, rdspatch asks the catalog before it detaches.
        elif command.subtype in _DETACH and state.one_transaction:
            yield "DETACH PARTITION"
        elif command.subtype == pb.AT_SetIdentity and _restarts(definition(command)):
            yield "RESTART"


def _restarts(options: Node) -> bool:
    return any(unwrap_node(item).defname == "restart" for item in options.list.items)


CREATION_RULES = (
    Rule(
        id="not-rerunnable",
        condition="a statement creates, adds or drops something without asking whether that has happened already",
        effect=(
            "A patch whose reply was lost is applied again, and a database that got the object by hand meets it for "
            "the first time. Both end in an error on the object's name"
        ),
        instead="write IF NOT EXISTS, IF EXISTS or OR REPLACE",
        check=_not_rerunnable,
    ),
    Rule(
        id="unguarded-statement",
        condition="a statement that PostgreSQL offers no IF NOT EXISTS for runs whatever is there already",
        effect="A second run ends in an error on the object's name, or does its work a second time",
        instead=(
            "ask the catalog in a block: "
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE …) THEN … END IF; END $$"
        ),
        check=_unguarded,
    ),
)
