"""Which objects come and go with a table or view: its columns, constraints, indexes, triggers, and so on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.schema import ObjectName, Properties

_NAME = r'"(?:[^"]|"")+"|[^".\s]+'
_INDEXED = re.compile(rf"CREATE (?:UNIQUE )?INDEX (?:{_NAME}) ON (?:ONLY )?({_NAME})\.({_NAME}) USING ")
_DESCRIBED = re.compile(rf" FROM ({_NAME})\.({_NAME})$")
_COLUMN = re.compile(rf"({_NAME})\.({_NAME})\.(?:{_NAME})")
_WHOLES = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW})
_NAMED_BELOW_THEIR_OWNER = frozenset(
    {ObjectKind.COLUMN, ObjectKind.CONSTRAINT, ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE},
)


def owner_of(name: ObjectName, properties: Properties) -> tuple[str, ...] | None:
    """Schema and name of the table or view that an object is a part of; None when it stands on its own.

    An index and statistics are a part of their table, and a sequence of the table whose column owns it.
    """
    if name.kind is ObjectKind.PRIVILEGES:
        return name.subject.path if name.subject.kind in _WHOLES else owner_of(name.subject, {})
    if name.kind in _NAMED_BELOW_THEIR_OWNER:
        return name.path[:2]
    match name.kind:
        case ObjectKind.INDEX:
            found = _INDEXED.match(str(properties.get("definition", "")))
        case ObjectKind.STATISTICS:
            found = _DESCRIBED.search(str(properties.get("definition", "")))
        case ObjectKind.SEQUENCE:
            found = _COLUMN.fullmatch(str(properties.get("owned_by", "")))
        case _:
            return None
    return None if found is None else tuple(_plain(part) for part in found.groups())


def by_whole(objects: Mapping[ObjectName, Properties]) -> dict[ObjectName, tuple[ObjectName, ...]]:
    """The objects that no other one of these has as its part, each with its parts; all in the order of their names."""
    wholes = {name.path: name for name in objects if name.kind in _WHOLES}
    found: dict[ObjectName, list[ObjectName]] = {}
    parts: list[tuple[ObjectName, ObjectName]] = []
    for name in sorted(objects, key=lambda name: name.sort_key):
        whole = wholes.get(owner_of(name, objects[name]) or ())
        if whole is None:
            found[name] = []
        else:
            parts.append((whole, name))
    for whole, name in parts:
        found[whole].append(name)
    return {name: tuple(items) for name, items in found.items()}


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
