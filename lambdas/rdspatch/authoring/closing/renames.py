"""What looks like a rename: something is missing, and something alike is there that the models no longer have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.ddl.columns import column_clause
from rdspatch.authoring.ddl.names import qualified, quoted
from rdspatch.core.errors import Problem
from rdspatch.core.printable import printable
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.authoring.closing.subject import Path, Subject
    from rdspatch.core.schema import Properties


def suspected_renames(subject: Subject) -> tuple[tuple[ObjectName, Problem], ...]:
    """Each missing column or table that may be another one under a new name, and what to decide."""
    found = []
    for item in subject.missing(ObjectKind.COLUMN, ObjectKind.TABLE):
        is_column = item.object.kind is ObjectKind.COLUMN
        old = _old_column(subject, item.object) if is_column else _old_table(subject, item.object)
        if old is not None:
            found.append((item.object, _column(subject, item.object, old) if is_column else _table(item.object, old)))
    return tuple(found)


def _old_column(subject: Subject, new: ObjectName) -> ObjectName | None:
    kind = subject.wanted[new]["type"]
    return next(
        (
            name
            for name, properties in _sorted(subject.patches.objects, ObjectKind.COLUMN)
            if name.path[:2] == new.path[:2]
            and name not in subject.wanted
            and properties["type"] == kind
            and _was_mapped(subject, name.path)
        ),
        None,
    )


def _old_table(subject: Subject, new: ObjectName) -> ObjectName | None:
    columns = _columns(subject.wanted, new.path)
    return next(
        (
            name
            for name, _ in _sorted(subject.patches.objects, ObjectKind.TABLE)
            if name not in subject.wanted
            and _columns(subject.patches.objects, name.path) == columns
            and all(_was_mapped(subject, (*name.path, column)) for column in columns)
        ),
        None,
    )


def _was_mapped(subject: Subject, path: Path) -> bool:
    return subject.mapped_before is None or path in subject.mapped_before


def _columns(objects: Mapping[ObjectName, Properties], table: Path) -> dict[str, str]:
    return {
        name.path[2]: properties["type"]
        for name, properties in objects.items()
        if name.kind is ObjectKind.COLUMN and name.path[:2] == table
    }


def _sorted(objects: Mapping[ObjectName, Properties], kind: ObjectKind) -> list[tuple[ObjectName, Properties]]:
    return sorted(
        ((name, properties) for name, properties in objects.items() if name.kind is kind),
        key=lambda item: item[0].sort_key,
    )


def _column(subject: Subject, new: ObjectName, old: ObjectName) -> Problem:
    properties = subject.wanted[new]
    target = f"ALTER TABLE {qualified(new.path[:2])}"
    rename = f"{target} RENAME COLUMN {quoted(old.path[2])} TO {quoted(new.path[2])}"
    add = f"{target} ADD COLUMN IF NOT EXISTS {column_clause(new.path[2], properties)}"
    return Problem(
        where=str(new),
        what=f"may be {old} under a new name: that one is {properties['type']} too, and no model has it",
        instead=printable(f"write `{rename}` to keep its values, or `{add}` for an empty column beside it"),
    )


def _table(new: ObjectName, old: ObjectName) -> Problem:
    rename = f"ALTER TABLE IF EXISTS {qualified(old.path)} RENAME TO {quoted(new.path[1])}"
    return Problem(
        where=str(new),
        what=f"may be {old} under a new name: that one has the same columns, and no model has it",
        instead=printable(f"write `{rename}` to keep its rows, or a CREATE TABLE for an empty one beside it"),
    )
