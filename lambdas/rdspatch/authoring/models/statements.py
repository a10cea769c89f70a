"""What the models' SQL makes, and which constraints it names, by PostgreSQL's own parser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.parser import SqlSyntaxError, parse_statements
from rdspatch.authoring.tree import executed_nodes, names, relation_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdspatch.authoring.tree import Node
    from rdspatch.core.schema import ObjectName

_Name = tuple[str, str]
_QUALIFIED = 2


@dataclass(frozen=True, slots=True)
class ModelSql:
    """The SQL that makes the models' schema, and what can be read from it."""

    statements: tuple[str, ...]
    made: frozenset[_Name]
    """Schema and name of each table, type, sequence, function and view that it creates."""
    schemas: tuple[str, ...]
    """Those that it creates or creates something in."""
    extensions: Mapping[str, str]
    """The statement that creates each."""
    named: frozenset[tuple[str, str, str]]
    """Schema, table and name of the constraints that have a name there; PostgreSQL makes one up for the others."""

    def is_named(self, constraint: ObjectName) -> bool:
        return constraint.path in self.named


def read_sql(texts: Sequence[str], *, schema: str) -> ModelSql:
    """Read the statements of `create_all`; a text that the parser does not take stays as it is and says nothing.

    Args:
        texts: The SQL; what creates schemas and extensions is left out of the statements.
        schema: Where names without a schema are created.
    """
    statements: list[str] = []
    made: set[_Name] = set()
    schemas: set[str] = {schema}
    extensions: dict[str, str] = {}
    named: set[tuple[str, str, str]] = set()
    for text in texts:
        try:
            parsed = parse_statements(text)
        except SqlSyntaxError:
            statements.append(text)
            continue
        for statement in parsed:
            node = statement.node
            match node:
                case pb.CreateSchemaStmt() if not node.schema_elts:
                    schemas.add(node.schemaname)
                    continue
                case pb.CreateExtensionStmt():
                    extensions[node.extname] = statement.text
                    continue
            statements.append(statement.text)
            created = _created(node, schema)
            made |= created
            schemas |= {place for place, _ in created}
            named |= set(_named(node, schema))
    return ModelSql(tuple(statements), frozenset(made), tuple(sorted(schemas)), extensions, frozenset(named))


def _created(node: Node, schema: str) -> set[_Name]:
    found: list[tuple[str, ...]] = []
    match node:
        case pb.CreateStmt():
            found = [(node.relation.schemaname, node.relation.relname)]
        case pb.CreateSeqStmt():
            found = [(node.sequence.schemaname, node.sequence.relname)]
        case pb.ViewStmt():
            found = [(node.view.schemaname, node.view.relname)]
        case pb.CompositeTypeStmt():
            found = [(node.typevar.schemaname, node.typevar.relname)]
        case pb.CreateEnumStmt() | pb.CreateRangeStmt():
            found = [names(node.type_name)]
        case pb.CreateDomainStmt():
            found = [names(node.domainname)]
        case pb.CreateFunctionStmt():
            found = [names(node.funcname)]
    return {(parts[0] if len(parts) == _QUALIFIED and parts[0] else schema, parts[-1]) for parts in found}


def _named(node: Node, schema: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(node, pb.CreateStmt | pb.AlterTableStmt):
        table = relation_of(node.relation)
        for _, part in executed_nodes(node):
            if isinstance(part, pb.Constraint) and part.conname:
                yield table.schema or schema, table.name, part.conname
