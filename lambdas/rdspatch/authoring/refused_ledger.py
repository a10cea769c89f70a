"""The refusal to write to rdspatch's own schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.refusal import Refusal
from rdspatch.authoring.tree import READ_FIELDS, Node, executed_nodes, names, qualified_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.core.patch import Transaction

LEDGER_SCHEMA = "rdspatch"
_NAMES_OF_NEW_OBJECTS = (
    (pb.CreateFunctionStmt, "funcname"),
    (pb.CreateEnumStmt, "type_name"),
    (pb.CreateDomainStmt, "domainname"),
)


def _writes_ledger(statement: Node, _transaction: Transaction) -> bool:
    return any(
        isinstance(node, pb.RangeVar) and node.schemaname == LEDGER_SCHEMA and field not in READ_FIELDS
        for field, node in executed_nodes(statement)
    ) or LEDGER_SCHEMA in _changed_schemas(statement)


def _changed_schemas(node: Node) -> Iterator[str]:
    """The schemas that a statement changes, or whose objects it changes, by name."""
    for kind, field in _NAMES_OF_NEW_OBJECTS:
        if isinstance(node, kind):
            yield from names(getattr(node, field))[:-1]
    match node:
        case pb.CreateSchemaStmt():
            yield node.schemaname
        case pb.DropStmt():
            yield from _schemas_of(node.objects, is_schema=node.remove_type == pb.OBJECT_SCHEMA)
        case pb.GrantStmt():
            whole = node.objtype == pb.OBJECT_SCHEMA or node.targtype == pb.ACL_TARGET_ALL_IN_SCHEMA
            yield from _schemas_of(node.objects, is_schema=whole)
        case pb.RenameStmt():
            yield from [node.subname] if node.rename_type == pb.OBJECT_SCHEMA else []
            yield from _schemas_of([node.object], is_schema=False)
        case pb.AlterOwnerStmt():
            yield from _schemas_of([node.object], is_schema=node.object_type == pb.OBJECT_SCHEMA)
        case pb.AlterObjectSchemaStmt():
            yield node.newschema
            yield from _schemas_of([node.object], is_schema=False)
        case pb.CommentStmt() | pb.SecLabelStmt():
            yield from _schemas_of([node.object], is_schema=node.objtype == pb.OBJECT_SCHEMA)


def _schemas_of(objects: list[Node], *, is_schema: bool) -> Iterator[str]:
    for item in objects:
        parts = qualified_name(item)
        yield from parts[:1] if is_schema or len(parts) > 1 else ()


LEDGER_REFUSALS = (
    Refusal(
        name="ledger-write",
        what=f"the schema {LEDGER_SCHEMA} is the record of what was applied",
        instead="leave it to rdspatch; reading it is fine",
        applies=_writes_ledger,
    ),
)
