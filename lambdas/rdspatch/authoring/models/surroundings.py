"""What the models find in their database: everything of the patches' schema that they use and do not make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.ddl.types import TYPES, create_extension, create_sequence, create_type
from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from rdspatch.core.schema import ObjectName, Properties, Schema

_NAMED = (ObjectKind.FUNCTION, ObjectKind.SEQUENCE)


def schemas_of(patches: Schema) -> set[str]:
    """The schemas that are there, with those that extensions bring along."""
    names = {name.path[0] for name in patches.objects if name.kind is ObjectKind.SCHEMA}
    extensions = (it for name, it in patches.objects.items() if name.kind is ObjectKind.EXTENSION)
    return (names | {it["schema"] for it in extensions}) - {"pg_catalog"}


def surroundings_of(
    patches: Schema, *, made: AbstractSet[tuple[str, str]], text: str
) -> Iterator[tuple[ObjectName, str]]:
    """Extensions, types, and those functions and sequences that the models' SQL speaks of, each with its SQL.

    A sequence that they do not speak of is left out: it might take the name that a serial column gives its own.

    Args:
        patches: What baseline and patches lead to.
        made: Schema and name of what the models make themselves.
        text: The models' SQL.
    """
    for name in sorted(patches.objects, key=lambda name: name.sort_key):
        if name.path[:2] not in made and (name.kind not in _NAMED or name.path[1] in text):
            statement = ";\n".join(_creation(name, patches.objects[name]))
            if statement:
                yield name, statement


def _creation(name: ObjectName, properties: Properties) -> Iterable[str]:
    match name.kind:
        case ObjectKind.EXTENSION:
            return [create_extension(name, properties)]
        case ObjectKind.SEQUENCE:
            return [create_sequence(name, properties, guarded=False)]
        case ObjectKind.FUNCTION:
            return [str(properties["definition"])]
        case kind if kind in TYPES:
            return create_type(name, properties)
        case _:
            return []
