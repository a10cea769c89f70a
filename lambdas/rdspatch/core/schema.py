"""A database schema as a value: named objects with properties, and the differences between two of them."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rdspatch.core.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
    STATISTICS = "statistics"
    PUBLICATION = "publication"
    EVENT_TRIGGER = "event trigger"
    COLLATION = "collation"
    OPERATOR = "operator"
    OPERATOR_CLASS = "operator class"
    OPERATOR_FAMILY = "operator family"
    CAST = "cast"
    CONVERSION = "conversion"
    TEXT_SEARCH_CONFIGURATION = "text search configuration"
    TEXT_SEARCH_DICTIONARY = "text search dictionary"
    FOREIGN_DATA_WRAPPER = "foreign data wrapper"
    FOREIGN_SERVER = "foreign server"
    LANGUAGE = "language"
    TRANSFORM = "transform"
    PRIVILEGES = "privileges"
    """Owner of an object, and who may use it, as far as they are not what CREATE gives."""
    DEFAULT_PRIVILEGES = "default privileges"

    __hash__ = object.__hash__
    """Each member is there once; an enum's own hash is Python, and a large schema asks for it 100,000 times."""

    @property
    def is_privileges(self) -> bool:
        """Whether it is there when something is not ordinary: it cannot be missing or extra, only changed."""
        return self in (ObjectKind.PRIVILEGES, ObjectKind.DEFAULT_PRIVILEGES)


_IN_NO_SCHEMA = frozenset(
    {
        ObjectKind.EXTENSION,
        ObjectKind.PUBLICATION,
        ObjectKind.EVENT_TRIGGER,
        ObjectKind.CAST,
        ObjectKind.FOREIGN_DATA_WRAPPER,
        ObjectKind.FOREIGN_SERVER,
        ObjectKind.LANGUAGE,
        ObjectKind.TRANSFORM,
    },
)


ROLE_OF_PATCHES = "the role of the patches"
"""How a schema names the role that owns the ledger, which has another name in every environment."""


class ObjectName(NamedTuple):
    """The identity of an object: its kind, then its names from the schema inwards, exactly as the catalog has them.

    A column is (schema, table, column), a function (schema, name, argument types), a schema (name), a cast (source,
    target); privileges are (names of their object, its kind).
    """

    kind: ObjectKind
    path: tuple[str, ...]

    def __str__(self) -> str:
        """For messages: `column public.users."E mail"`, `function public.twice(integer)`."""
        return f"{self._words} {self._shown_path}"

    @property
    def _words(self) -> str:
        return f"{self.kind.value} on" if self.kind is ObjectKind.PRIVILEGES else self.kind.value

    @property
    def _shown_path(self) -> str:
        first, rest = self.path[0], self.path[1:]
        match self.kind:
            case ObjectKind.FUNCTION:
                shown = f"{_joined(self.path[:2])}({printable(rest[-1])})"
            case ObjectKind.OPERATOR:
                shown = f"{quoted(first)}.{rest[0]}({printable(rest[-1])})"
            case ObjectKind.OPERATOR_CLASS | ObjectKind.OPERATOR_FAMILY:
                shown = f"{_joined(self.path[:2])} for {quoted(rest[-1])}"
            case ObjectKind.CAST:
                shown = f"from {printable(first)} to {printable(rest[0])}"
            case ObjectKind.TRANSFORM:
                shown = f"of {printable(first)} for {quoted(rest[0])}"
            case ObjectKind.PRIVILEGES:
                shown = str(self.subject)
            case ObjectKind.DEFAULT_PRIVILEGES:
                place = f" in schema {quoted(first)}" if first else ""
                shown = f"of {printable(rest[0])} on {rest[1]}{place}"
            case _:
                shown = _joined(self.path)
        return shown

    @property
    def subject(self) -> ObjectName:
        """The object that privileges are on, and any other object itself."""
        if self.kind is not ObjectKind.PRIVILEGES:
            return self
        *path, kind = self.path
        return ObjectName(ObjectKind(kind), tuple(path))

    @property
    def privileges(self) -> ObjectName:
        """The owner and the privileges of this object, as an object."""
        return ObjectName(ObjectKind.PRIVILEGES, (*self.path, self.kind.value))

    @property
    def is_in_a_schema(self) -> bool:
        """Whether the first of its names is that of a schema."""
        return self.kind not in _IN_NO_SCHEMA and self.path[0] != ""

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
    """Every object of a database that patches may change, with owners and privileges that are not ordinary."""

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
        if self.object.kind.is_privileges:
            return f"changes {self.object}: {describe_change(self.before or {}, self.after or {}, ordinary_privileges)}"
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


def describe_change(before: Properties, after: Properties, ordinary: Callable[[str], str] = lambda _: "none") -> str:
    """The properties that differ: `type integer -> bigint, nullable true -> false`.

    Args:
        before: As they were.
        after: As they are.
        ordinary: What stands for the value of a property that is not there, by its name.
    """
    names = sorted(before.keys() | after.keys())
    return ", ".join(
        f"{name} {_value(before.get(name, ordinary(name)))} -> {_value(after.get(name, ordinary(name)))}"
        for name in names
        if before.get(name) != after.get(name)
    )


def ordinary_privileges(name: str) -> str:
    """The words for an owner, or for the privileges of a grantee, that CREATE gives: `owner`, `to public`, `to app`."""
    if name == "owner":
        return ROLE_OF_PATCHES
    return "what CREATE gives" if name in ("to public", "to the owner") else "nothing"


def _joined(names: Iterable[str]) -> str:
    return ".".join(map(quoted, names))


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
