"""A database schema as a value: named objects with properties, and the differences between two of them."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rdspatch.core.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Properties = Mapping[str, Any]
    """JSON values as the catalog query writes them; two objects are the same when these are equal."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*", re.ASCII)


class ObjectKind(enum.Enum):
    """What a schema is made of."""

    SCHEMA = "schema"
    EXTENSION = "extension"
    TABLE = "table"
    COLUMN = "column"
    CONSTRAINT = "constraint"
    INDEX = "index"
    SEQUENCE = "sequence"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FUNCTION = "function"
    TRIGGER = "trigger"
    POLICY = "policy"
    RULE = "rule"
    ENUM = "enum"
    DOMAIN = "domain"
    COMPOSITE = "composite type"
    RANGE = "range type"

    __hash__ = object.__hash__
    """Each member is there once; an enum's own hash is Python, and a large schema asks for it 100,000 times."""


class ObjectName(NamedTuple):
    """The identity of an object: its kind, then its names from the schema inwards, exactly as the catalog has them.

    A column is (schema, table, column), a function (schema, name, argument types), a schema (name).
    """

    kind: ObjectKind
    path: tuple[str, ...]

    def __str__(self) -> str:
        """For messages: `column public.users."E mail"`, `function public.twice(integer)`."""
        names = ".".join(quoted(name) for name in self.path[:2])
        if self.kind is ObjectKind.FUNCTION:
            return f"function {names}({printable(self.path[-1])})"
        return ".".join((f"{self.kind.value} {names}", *(quoted(name) for name in self.path[2:])))

    def to_json(self) -> list[str]:
        return [self.kind.value, *self.path]

    @classmethod
    def from_json(cls, document: Sequence[str]) -> ObjectName:
        """The inverse of `to_json`. Raises ValueError for anything else."""
        kind, *path = document
        if not path or not all(isinstance(name, str) for name in path):
            raise ValueError(f"{document!r} is no name of an object")
        return cls(ObjectKind(kind), tuple(path))

    @property
    def sort_key(self) -> tuple[tuple[str, ...], str]:
        """Objects of one table stand together, the table first."""
        return self.path, self.kind.value


@dataclass(frozen=True, slots=True)
class Schema:
    """Every object of a database that patches may change; owners, grants and comments are left out."""

    objects: Mapping[ObjectName, Properties]

    def with_effects(self, effects: Iterable[Effect]) -> Schema:
        """The schema after these effects, in order."""
        objects = dict(self.objects)
        for effect in effects:
            if effect.after is None:
                objects.pop(effect.object, None)
            else:
                objects[effect.object] = effect.after
        return Schema(objects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one patch does to one object: made when `before` is None, dropped when `after` is None."""

    object: ObjectName
    before: Properties | None
    after: Properties | None

    def __str__(self) -> str:
        if self.before is None:
            return f"adds {self.object} {_shown(self.after)}".rstrip()
        if self.after is None:
            return f"drops {self.object}"
        return f"changes {self.object}: {describe_change(self.before, self.after)}"


def effects_between(before: Schema, after: Schema) -> tuple[Effect, ...]:
    """What turns one schema into another, in the order of the objects' names."""
    names = sorted(before.objects.keys() | after.objects.keys(), key=lambda name: name.sort_key)
    return tuple(
        Effect(object=name, before=before.objects.get(name), after=after.objects.get(name))
        for name in names
        if before.objects.get(name) != after.objects.get(name)
    )


def describe_change(before: Properties, after: Properties) -> str:
    """The properties that differ: `type integer -> bigint, nullable true -> false`."""
    names = sorted(before.keys() | after.keys())
    return ", ".join(
        f"{name} {_value(before.get(name))} -> {_value(after.get(name))}"
        for name in names
        if before.get(name) != after.get(name)
    )


def quoted(name: str) -> str:
    """The name as the server would show it, but for words that it reserves."""
    return name if _PLAIN.fullmatch(name) else '"' + printable(name).replace('"', '""') + '"'


def _shown(properties: Properties | None) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in sorted((properties or {}).items()))


def _value(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case _:
            return printable(str(value))
