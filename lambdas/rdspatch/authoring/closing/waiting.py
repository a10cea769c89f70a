"""What cannot be written yet, since it needs something that a person decides on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.closing.expressions import has_key, mentioned, read_constraint, referenced_table
from rdspatch.authoring.ddl.tables import add_constraint
from rdspatch.authoring.tree import names
from rdspatch.core.errors import Problem
from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdspatch.core.schema import ObjectName, Properties


def awaited_by(
    name: ObjectName, properties: Properties, withheld: Mapping[ObjectName, Properties]
) -> ObjectName | None:
    """What a constraint or an index has to wait for; None when nothing holds it up.

    Args:
        name: The constraint or index.
        properties: What the models say of it.
        withheld: What is left to a person, as the models have it.
    """
    table, definition = owner_of(name, properties) or (), properties["definition"]
    is_index = name.kind is ObjectKind.INDEX
    words = mentioned(definition if is_index else add_constraint(table, "c", properties, validated=True))
    columns = (it for it in _sorted(withheld, ObjectKind.COLUMN) if it.path[:2] == table and it.path[2] in words)
    target = None if is_index else referenced_table(properties)
    return next(columns, None) or (None if target is None else next(_behind(target, definition, withheld), None))


def waits(name: ObjectName, awaited: ObjectName) -> Problem:
    """That something is not written until something else is decided."""
    instead = "run `rdspatch new SLUG --from-models` again when that is there"
    return Problem(where=str(name), what=f"waits for {awaited}", instead=instead)


def _behind(
    target: tuple[str, ...], foreign_key: str, withheld: Mapping[ObjectName, Properties]
) -> Iterator[ObjectName]:
    """What a foreign key needs of the table that it leads to: the table, its columns and a key of them."""
    columns = names(read_constraint(foreign_key).pk_attrs)
    yield from (it for it in _sorted(withheld, ObjectKind.TABLE) if it.path == target)
    for it in _sorted(withheld, ObjectKind.COLUMN):
        if it.path[:2] == target and it.path[2] in columns:
            yield it
    yield from (it for it in _sorted(withheld, ObjectKind.CONSTRAINT) if has_key({it: withheld[it]}, target, columns))


def _sorted(withheld: Mapping[ObjectName, Properties], kind: ObjectKind) -> list[ObjectName]:
    return sorted((it for it in withheld if it.kind is kind), key=lambda it: it.sort_key)
