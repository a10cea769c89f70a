"""What a patch makes otherwise on another database: DDL that is computed from the clock, from rows or by chance.

The proof finds it by proving twice under other conditions. Nobody expects it of a target: neither that it is there nor
that it is not; everything else of the patch is expected as ever.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rdspatch.core.parts import owner_of
from rdspatch.core.schema import Effect, ObjectKind, ObjectName, Schema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from rdspatch.core.schema import Properties

_WHOLES = (ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
ANY = "*"
"""In a name: one character or more that nobody knows beforehand."""


class Cause(enum.Enum):
    """What another database has otherwise."""

    CLOCK = "clock"
    ROWS = "rows"
    CHANCE = "chance"


_WORDS = {
    Cause.CLOCK: "depends on the clock",
    Cause.ROWS: "depends on the rows that are there",
    Cause.CHANCE: "comes out otherwise each time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """An object, or some of its properties, that comes out otherwise on another database."""

    cause: Cause
    object: ObjectName
    """Its names may hold `*`; what belongs to it depends along with it."""
    properties: tuple[str, ...] = ()
    """Only these are otherwise; empty when it is the object as a whole."""

    def __str__(self) -> str:
        """For people: `table public.events_* depends on the clock`."""
        what = f"{', '.join(self.properties)} of " if self.properties else ""
        return f"{what}{self.object.kind.value} {'.'.join(self.object.path)} {_WORDS[self.cause]}"

    @property
    def is_exact(self) -> bool:
        return not any(ANY in part for part in self.object.path)

    def matches(self, name: ObjectName) -> bool:
        return (
            name.kind is self.object.kind
            and len(name.path) == len(self.object.path)
            and all(map(_matches, self.object.path, name.path))
        )

    def to_json(self) -> dict[str, Any]:
        properties = {"properties": list(self.properties)} if self.properties else {}
        return {"on": self.cause.value, "object": self.object.to_json(), **properties}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Dependence:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for anything else."""
        properties = document.get("properties", [])
        if not isinstance(properties, list) or not all(isinstance(item, str) for item in properties):
            raise TypeError(f"{properties!r} is no list of properties")
        return cls(
            cause=Cause(document["on"]),
            object=ObjectName.from_json(document["object"]),
            properties=tuple(properties),
        )


@dataclass(frozen=True, slots=True)
class Varying:
    """What nobody expects of a database that has these patches."""

    dependences: Sequence[Dependence] = ()
    claimed: Collection[ObjectName] = ()
    """What baseline and patches make for certain; a name with `*` does not stand for it."""

    def covers(self, name: ObjectName, properties: Properties) -> bool:
        """Whether an object as a whole is one of them, or belongs to one."""
        return any(self._is_one(whole) for whole in (name, *_around(name, properties)))

    def properties_of(self, name: ObjectName) -> frozenset[str]:
        """The properties of an object that come out otherwise."""
        return frozenset(
            item for found in self.dependences if found.properties and found.matches(name) for item in found.properties
        )

    def rest_of(self, schema: Schema) -> Schema:
        """The part of a schema that is the same everywhere."""
        if not self.dependences:
            return schema
        return Schema(
            {
                name: self._rest(name, properties)
                for name, properties in schema.objects.items()
                if not self.covers(name, properties)
            }
        )

    def rest_of_effects(self, effects: Iterable[Effect]) -> tuple[Effect, ...]:
        """The effects that a patch has everywhere."""
        if not self.dependences:
            return tuple(effects)
        kept = []
        for effect in effects:
            before, after = (
                None if side is None else self._rest(effect.object, side) for side in (effect.before, effect.after)
            )
            if before != after and not self.covers(effect.object, effect.after or effect.before or {}):
                kept.append(Effect(object=effect.object, before=before, after=after))
        return tuple(kept)

    def _is_one(self, name: ObjectName) -> bool:
        return any(
            not found.properties and found.matches(name) and (found.is_exact or name not in self.claimed)
            for found in self.dependences
        )

    def _rest(self, name: ObjectName, properties: Properties) -> Properties:
        left_out = self.properties_of(name)
        return {key: value for key, value in properties.items() if key not in left_out} if left_out else properties


NOTHING = Varying()


def _around(name: ObjectName, properties: Properties) -> Iterable[ObjectName]:
    """What an object belongs to: its table or view, its schema."""
    owner = owner_of(name, properties)
    if owner is not None:
        yield from (ObjectName(kind, owner) for kind in _WHOLES)
    if name.is_in_a_schema:
        yield ObjectName(ObjectKind.SCHEMA, name.path[:1])


def _matches(pattern: str, text: str) -> bool:
    return pattern == text or (ANY in pattern and _compiled(pattern).fullmatch(text) is not None)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".+".join(map(re.escape, pattern.split(ANY))), re.DOTALL)
