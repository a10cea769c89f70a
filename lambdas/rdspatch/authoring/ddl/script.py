"""A whole schema as statements, in an order that mostly works; functions and defaults may need another one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.authoring.ddl.indexes import read_index
from rdspatch.authoring.ddl.names import qualified, quoted, read_name
from rdspatch.authoring.ddl.routines import create_routine
from rdspatch.authoring.ddl.tables import (
    Table,
    add_constraint,
    attach_partition,
    create_table,
    table_afterwards,
    table_by_index,
    tables_of,
)
from rdspatch.authoring.ddl.types import (
    TYPES,
    create_extension,
    create_schema,
    create_sequence,
    create_type,
    own_sequence,
)
from rdspatch.core.schema import ROLE_OF_PATCHES, ObjectKind, ObjectName, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdspatch.core.schema import Properties

_LAST = (
    ObjectKind.VIEW,
    ObjectKind.MATERIALIZED_VIEW,
    ObjectKind.RULE,
    ObjectKind.TRIGGER,
    ObjectKind.POLICY,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, and for a table the smaller ones that come to the same."""

    sql: str
    parts: tuple[str, ...] = ()
    """Where a table and a function need each other, the table can be made without what needs the function."""


def creation_steps(schema: Schema, order: Mapping[tuple[str, ...], Sequence[str]]) -> tuple[Step, ...]:
    """What makes the schema in an empty database.

    Foreign tables and aggregates are left out: a snapshot does not say enough of them.

    Args:
        schema: What to make.
        order: The names of the columns of each table, in order.
    """
    tables = [_alone(table, schema) for table in tables_of(schema, order) if _is_ours(table)]
    alone = [
        *(create_schema(name) for name, _ in _each(schema, ObjectKind.SCHEMA)),
        *(create_extension(name, properties) for name, properties in _each(schema, ObjectKind.EXTENSION)),
        *(sql for name, properties in _each(schema, *TYPES) for sql in create_type(name, properties)),
        *(_sequence(name, properties) for name, properties in _each(schema, ObjectKind.SEQUENCE)),
        *(sql for name, properties in _each(schema, ObjectKind.FUNCTION) for sql in create_routine(name, properties)),
    ]
    afterwards = [
        *(own_sequence(name, found) for name, found in _each(schema, ObjectKind.SEQUENCE) if "owned_by" in found),
        *(sql for table in tables for sql in table_afterwards(table)),
        *(sql for table in tables for sql in _constraints(table, "CHECK")),
        *(read_index(found["definition"]).create(guarded=False) for _, found in _each(schema, ObjectKind.INDEX)),
        *(sql for table in tables for sql in _constraints(table, "FOREIGN KEY")),
        *(attach_partition(table) for table in tables if table.is_partition),
        *(sql for table in tables for sql in table_by_index(table)),
        *(sql for kind in _LAST for name, found in _each(schema, kind) for sql in create_routine(name, found)),
    ]
    return (*map(Step, alone), *map(_table_step, tables), *map(Step, afterwards))


def roles_of(schema: Schema) -> tuple[str, ...]:
    """The roles that policies name; nothing else in a snapshot names any."""
    named = {role for _, properties in _each(schema, ObjectKind.POLICY) for role in properties.get("roles", ())}
    return tuple(sorted(named - {"public", ROLE_OF_PATCHES}))


def _each(schema: Schema, *kinds: ObjectKind) -> Iterator[tuple[ObjectName, Properties]]:
    for name in sorted(schema.objects, key=lambda name: (name.kind.value, name.path)):
        if name.kind in kinds:
            yield name, schema.objects[name]


def _is_ours(table: Table) -> bool:
    return bool(table.properties["kind"] != "foreign table")


def _alone(table: Table, schema: Schema) -> Table:
    """The table before it becomes a partition: what counts for its parent then counts for it."""
    if not table.is_partition:
        return table
    parent, _ = read_name(table.properties["partition_of"])
    columns = []
    for name, column in table.columns:
        above = schema.objects.get(ObjectName(ObjectKind.COLUMN, (*parent, name)), {})
        columns.append((name, {key: value for key, value in column.items() if key not in _inherited(above)}))
    return replace(table, columns=tuple(columns))


def _inherited(column: Properties) -> frozenset[str]:
    return frozenset({"identity", "identity_options"} if "identity" in column else ())


def _sequence(name: ObjectName, properties: Properties) -> str:
    return create_sequence(name, properties, guarded=False)


def _table_step(table: Table) -> Step:
    inside = [item for item in table.constraints if _stands_inside(item[1])]
    bare = replace(
        table,
        columns=tuple((name, {k: v for k, v in column.items() if k != "default"}) for name, column in table.columns),
    )
    target = f"ALTER TABLE {qualified(table.path)}"
    defaults = [
        f"{target} ALTER COLUMN {quoted(name)} SET DEFAULT {column['default']}"
        for name, column in table.columns
        if "default" in column
    ]
    added = [add_constraint(table.path, name, constraint, validated=True) for name, constraint in inside]
    return Step(
        create_table(table, inside, guarded=False),
        (create_table(bare, (), guarded=False), *defaults, *added),
    )


def _stands_inside(constraint: Properties) -> bool:
    return bool(constraint["validated"]) and not constraint["definition"].startswith("FOREIGN KEY")


def _constraints(table: Table, kind: str) -> Iterator[str]:
    for name, constraint in table.constraints:
        if constraint["definition"].startswith(kind) and not _stands_inside(constraint):
            yield add_constraint(table.path, name, constraint, validated=constraint["validated"])
