"""What is to be closed: the models, the patches, and the differences between them, sorted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.models.difference import DifferenceKind
from rdspatch.authoring.parser import SqlSyntaxError, parse_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdspatch.authoring.models import ModelExport
    from rdspatch.authoring.models.difference import ModelDifference
    from rdspatch.core.models import MappedModel
    from rdspatch.core.schema import ObjectKind, ObjectName, Properties, Schema

    Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Everything that the decisions are made from."""

    models: ModelExport
    found: tuple[ModelDifference, ...]
    mapped_before: frozenset[Path] | None
    """The columns that the models had when the patches were last proven; None where nobody knows."""
    schema: str
    """Where names without a schema are."""
    start: Schema
    """The baseline."""

    @property
    def patches(self) -> Schema:
        """What baseline and patches lead to."""
        return self.models.patches

    @property
    def wanted(self) -> Mapping[ObjectName, Properties]:
        return self.models.schema.objects

    def missing(self, *kinds: ObjectKind) -> tuple[ModelDifference, ...]:
        """What no patch makes, of these kinds."""
        return tuple(item for item in self.found if item.kind is DifferenceKind.MISSING and item.object.kind in kinds)

    def column_order(self) -> dict[Path, tuple[str, ...]]:
        """The columns of each table in the models' order; the tables in the order in which they can be created."""
        found: dict[Path, tuple[str, ...]] = {}
        for text in self.models.sql.statements:
            for node in _created_tables(text):
                path = (node.relation.schemaname or self.schema, node.relation.relname)
                elements = map(unwrap_node, node.table_elts)
                found[path] = tuple(item.colname for item in elements if isinstance(item, pb.ColumnDef))
        return found


def _created_tables(text: str) -> Iterator[pb.CreateStmt]:
    try:
        parsed = parse_statements(text)
    except SqlSyntaxError:  # then PostgreSQL knows more than the parser, and the order of these columns is their names'
        return
    yield from (statement.node for statement in parsed if isinstance(statement.node, pb.CreateStmt))


def mapped_columns(models: Sequence[MappedModel], schema: str) -> frozenset[Path]:
    """Schema, table and name of every column that the models select."""
    return frozenset(
        (model.table.schema or schema, model.table.name, column) for model in models for column in model.columns
    )
