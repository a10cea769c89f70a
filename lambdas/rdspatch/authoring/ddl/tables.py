"""Tables whole: with their columns, and with those constraints that hold from the first row on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.authoring.ddl.columns import column_afterwards, column_clause
from rdspatch.authoring.ddl.names import qualified, quoted, read_name
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rdspatch.core.schema import Properties, Schema

_FIRST = ("PRIMARY KEY", "UNIQUE", "EXCLUDE", "CHECK", "FOREIGN KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with what belongs to it alone."""

    path: tuple[str, ...]
    properties: Properties
    columns: tuple[tuple[str, Properties], ...]
    """In the order in which they are created."""
    constraints: tuple[tuple[str, Properties], ...]
    """Keys first, foreign keys last."""

    @property
    def name(self) -> ObjectName:
        return ObjectName(ObjectKind.TABLE, self.path)

    @property
    def is_partition(self) -> bool:
        return "partition_of" in self.properties


def tables_of(schema: Schema, order: Mapping[tuple[str, ...], Sequence[str]]) -> tuple[Table, ...]:
    """Every table of a schema, by name.

    Args:
        schema: What to read; it does not know the order of columns.
        order: The names of the columns of each table, in order; others follow by name.
    """
    columns: dict[tuple[str, ...], list[tuple[str, Properties]]] = {}
    constraints: dict[tuple[str, ...], list[tuple[str, Properties]]] = {}
    for name in sorted(schema.objects, key=lambda name: name.sort_key):
        if name.kind in (ObjectKind.COLUMN, ObjectKind.CONSTRAINT):
            parts = columns if name.kind is ObjectKind.COLUMN else constraints
            parts.setdefault(name.path[:2], []).append((name.path[2], schema.objects[name]))
    places = {path: {column: place for place, column in enumerate(names)} for path, names in order.items()}
    return tuple(
        Table(
            path=name.path,
            properties=properties,
            columns=tuple(sorted(columns.get(name.path, ()), key=_by_place(places.get(name.path, {})))),
            constraints=tuple(sorted(constraints.get(name.path, ()), key=_by_kind)),
        )
        for name, properties in sorted(schema.objects.items(), key=lambda item: item[0].sort_key)
        if name.kind is ObjectKind.TABLE
    )


def create_table(table: Table, constraints: Sequence[tuple[str, Properties]], *, guarded: bool) -> str:
    """The statement that makes the table.

    Args:
        table: What to make.
        constraints: Those of its constraints that stand in the statement.
        guarded: Whether to write IF NOT EXISTS.
    """
    properties = table.properties
    lines = [column_clause(name, column) for name, column in table.columns]
    lines += [f"CONSTRAINT {quoted(name)} {constraint['definition']}" for name, constraint in constraints]
    kind = "UNLOGGED TABLE" if properties.get("unlogged") else "TABLE"
    words = [f"CREATE {kind}", *(["IF NOT EXISTS"] if guarded else []), qualified(table.path)]
    body = ",".join(f"\n    {line}" for line in lines)
    words.append(f"({body}\n)" if lines else "()")
    if "inherits" in properties:
        words.append(f"INHERITS ({properties['inherits']})")
    if "partition_by" in properties:
        words.append(f"PARTITION BY {properties['partition_by']}")
    if "options" in properties:
        words.append(f"WITH ({options(properties['options'])})")
    return " ".join(words)


def table_afterwards(table: Table) -> Iterator[str]:
    """What no clause of `CREATE TABLE` says of a table that stands for itself, as statements."""
    properties, target = table.properties, f"ALTER TABLE {qualified(table.path)}"
    if "of_type" in properties:
        yield f"{target} OF {properties['of_type']}"
    for name, column in table.columns:
        yield from column_afterwards(table.path, name, column)
    if properties.get("row_security"):
        yield f"{target} ENABLE ROW LEVEL SECURITY"
    if properties.get("force_row_security"):
        yield f"{target} FORCE ROW LEVEL SECURITY"


def table_by_index(table: Table) -> Iterator[str]:
    """What a table says of itself by one of its indexes, as statements."""
    properties, target = table.properties, f"ALTER TABLE {qualified(table.path)}"
    kind, _, index = properties.get("replica_identity", "").partition(" ")
    if index:
        yield f"{target} REPLICA IDENTITY USING INDEX {quoted(read_name(index)[0][-1])}"
    elif kind:
        yield f"{target} REPLICA IDENTITY {kind.upper()}"
    if "clustered_on" in properties:
        yield f"{target} CLUSTER ON {quoted(read_name(properties['clustered_on'])[0][-1])}"


def attach_partition(table: Table) -> str:
    """The statement that makes a table a partition; it takes over the indexes that are on both sides already."""
    parent, bound = read_name(table.properties["partition_of"])
    return f"ALTER TABLE {qualified(parent)} ATTACH PARTITION {qualified(table.path)} {bound}"


def add_constraint(table: tuple[str, ...], name: str, properties: Properties, *, validated: bool) -> str:
    """The statement that adds a constraint to a table that is there.

    Args:
        table: Its path.
        name: The constraint's name.
        properties: What the snapshot says of the constraint.
        validated: Whether the rows that are there are checked at once.
    """
    definition = properties["definition"]
    suffix = "" if validated or definition.endswith("NOT ENFORCED") else " NOT VALID"
    return f"ALTER TABLE {qualified(table)} ADD CONSTRAINT {quoted(name)} {definition}{suffix}"


def options(items: Sequence[str]) -> str:
    """Storage parameters as a snapshot has them, `fillfactor=70`, as SQL has them."""
    pairs = (item.partition("=") for item in items)
    return ", ".join(f"{name} = {literal(value)}" for name, _, value in pairs)


def _by_place(places: Mapping[str, int]) -> Callable[[tuple[str, Properties]], tuple[int, str]]:
    return lambda item: (places.get(item[0], len(places)), item[0])


def _by_kind(item: tuple[str, Properties]) -> tuple[int, str]:
    definition = item[1]["definition"]
    return next((place for place, kind in enumerate(_FIRST) if definition.startswith(kind)), len(_FIRST)), item[0]
