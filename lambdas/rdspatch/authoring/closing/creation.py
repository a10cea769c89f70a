"""What stands for itself: schemas, extensions, types, sequences, functions and tables with all that is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.authoring.closing.constraints import add_to_new_table
from rdspatch.authoring.closing.expressions import referenced_table
from rdspatch.authoring.closing.guards import unless_type
from rdspatch.authoring.ddl.indexes import read_index
from rdspatch.authoring.ddl.names import qualified
from rdspatch.authoring.ddl.routines import create_trigger
from rdspatch.authoring.ddl.tables import Table, create_table, table_afterwards, table_by_index, tables_of
from rdspatch.authoring.ddl.types import (
    TYPES,
    create_extension,
    create_schema,
    create_sequence,
    create_type,
    own_sequence,
)
from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from rdspatch.authoring.closing.subject import Path, Subject


def create_new(
    subject: Subject, tables: Collection[ObjectName], *, left_out: Collection[ObjectName]
) -> tuple[str, ...]:
    """The statements that make what is new; nobody uses it yet, so nothing of it makes anybody wait.

    Args:
        subject: The whole.
        tables: The tables to make.
        left_out: Constraints and functions that are not made here.
    """
    order = subject.column_order()
    places = {path: place for place, path in enumerate(order)}
    new = {table.path: table for table in tables_of(subject.models.schema, order) if table.name in tables}
    in_order = [new[path] for path in sorted(new, key=lambda path: (places.get(path, len(places)), path))]
    there = {name.path for name in subject.patches.objects if name.kind is ObjectKind.TABLE}
    whole = [
        _Whole.of(table, left_out, {*there, *(it.path for it in in_order[: n + 1])}) for n, table in enumerate(in_order)
    ]
    functions = {item.object for item in subject.missing(ObjectKind.FUNCTION)} - set(left_out)
    needed = {name for name in functions if any(f"{qualified(name.path[:2])}(" in it.statement for it in whole)}
    return (
        *_before_tables(subject, new),
        *_functions(subject, needed),
        *(it.statement for it in whole),
        *_functions(subject, functions - needed),
        *(sql for table in in_order for sql in _of_table(subject, table)),
        *(sql for it in whole for sql in it.afterwards),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    statement: str
    """Makes the table."""
    afterwards: tuple[str, ...]
    """Its foreign keys to tables that are made after it."""

    @classmethod
    def of(cls, table: Table, left_out: Collection[ObjectName], there: Collection[Path]) -> _Whole:
        inside, afterwards = [], []
        for name, constraint in table.constraints:
            own, target = ObjectName(ObjectKind.CONSTRAINT, (*table.path, name)), referenced_table(constraint)
            if own in left_out:
                continue
            if target is None or target in there:
                inside.append((name, constraint))
            else:
                afterwards.append(add_to_new_table(own, constraint))
        return cls(statement=create_table(table, inside, guarded=True), afterwards=tuple(afterwards))


def _functions(subject: Subject, functions: Collection[ObjectName]) -> Iterator[str]:
    for name in sorted(functions, key=lambda name: name.sort_key):
        yield subject.wanted[name]["definition"].strip()


def _before_tables(subject: Subject, new: Collection[Path]) -> Iterator[str]:
    wanted = subject.wanted
    yield from (create_schema(item.object) for item in subject.missing(ObjectKind.SCHEMA))
    yield from (create_extension(item.object, wanted[item.object]) for item in subject.missing(ObjectKind.EXTENSION))
    for item in subject.missing(*TYPES):
        yield unless_type(item.object.path, tuple(create_type(item.object, wanted[item.object])))
    sequences = {item.object for item in subject.missing(ObjectKind.SEQUENCE)}
    sequences |= {name for name, it in wanted.items() if name.kind is ObjectKind.SEQUENCE and owner_of(name, it) in new}
    for name in sorted(sequences, key=lambda name: name.sort_key):
        yield create_sequence(name, wanted[name], guarded=True)


def _of_table(subject: Subject, table: Table) -> Iterator[str]:
    wanted = subject.wanted
    parts = sorted(
        (name for name, it in wanted.items() if owner_of(name, it) == table.path), key=lambda name: name.sort_key
    )
    yield from (own_sequence(name, wanted[name]) for name in parts if name.kind is ObjectKind.SEQUENCE)
    yield from table_afterwards(table)
    for name in parts:
        if name.kind is ObjectKind.INDEX:
            yield read_index(wanted[name]["definition"]).create(guarded=True)
    yield from table_by_index(table)
    triggers = (create_trigger(wanted[name]) for name in parts if name.kind is ObjectKind.TRIGGER)
    yield from (sql for sql in triggers if sql)
