"""What must hold now: the effects of the applied patches, one after the other, compared with the live schema."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rdspatch.core import privileges
from rdspatch.core.dependence import Varying
from rdspatch.core.parts import by_whole
from rdspatch.core.printable import printable
from rdspatch.core.schema import ObjectKind, ObjectName, Schema, ordinary_privileges

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import Effect, Properties
    from rdspatch.core.scope import Scope

_SHOWN_CHARACTERS = 60
_CHARACTERS_BEFORE = 20
POPULATED = "populated"
"""A property of materialized views: false until the first refresh, and again after one WITH NO DATA."""
_RELATIONS = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.VIEW,
        ObjectKind.MATERIALIZED_VIEW,
        ObjectKind.INDEX,
        ObjectKind.SEQUENCE,
        ObjectKind.COMPOSITE,
    },
)
"""Kinds that share one space of names."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A value, and the patch that is the newest to say so."""

    value: Any
    patch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the patches say of one object."""

    exists: Claim
    """True, or False when the patch dropped it."""
    properties: Mapping[str, Claim] = field(default_factory=dict)
    made: bool = False
    """A patch made it, so that every other property has its ordinary value; else it was there before them."""

    @property
    def values(self) -> Properties:
        return {name: claim.value for name, claim in self.properties.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that a patch says and the live schema does not."""

    object: ObjectName
    property: str | None
    """None when the object itself is missing, or there although nothing says so."""
    expected: Any
    """The property's JSON value, None for its ordinary one; a text for people about an object as a whole."""
    found: Any
    patch: str

    def __str__(self) -> str:
        return f"{self.object}{'' if self.property is None else ':'} {self.predicate()}"

    def predicate(self) -> str:
        """What is to be said of the object: `type is bigint, expected integer`."""
        if self.property is None:
            return f"is {self.found}, expected {self.expected}"
        expected, found = self.expected, self.found
        if self.object.kind.is_privileges:
            ordinary = ordinary_privileges(self.property)
            expected, found = expected or ordinary, found or ordinary
        expected, found = _around_the_difference(expected, found)
        return f"{self.property} is {found}, expected {expected}"

    def to_json(self) -> dict[str, Any]:
        return {"property": self.property, "expected": self.expected, "found": self.found, "patch": self.patch}


def expected_now(applied: Iterable[tuple[str, Iterable[Effect] | None]]) -> Mapping[ObjectName, Expected]:
    """Follow the effects; for each property of each object the newest one counts.

    A patch whose effects nobody knows may have changed anything, so what was expected before it is forgotten.

    Args:
        applied: Name and effects of each applied patch, in the order of the ledger.
    """
    expected: dict[ObjectName, Expected] = {}
    for patch, effects in applied:
        if effects is None:
            expected.clear()
            continue
        for effect in effects:
            if effect.object.kind.is_privileges:
                expected[effect.object] = _with_privileges(effect, patch, expected.get(effect.object))
                continue
            if effect.before is None or effect.after is None:
                expected.pop(effect.object.privileges, None)
            expected[effect.object] = _after(effect, patch, expected.get(effect.object))
    return expected


def _with_privileges(effect: Effect, patch: str, known: Expected | None) -> Expected:
    changed = {name: Claim(value, patch) for name, value in privileges.changes_of(effect).items()}
    return Expected(
        exists=Claim(value=True, patch=patch), properties={**(known.properties if known else {}), **changed}
    )


def _after(effect: Effect, patch: str, known: Expected | None) -> Expected:
    if effect.after is None:
        return Expected(exists=Claim(value=False, patch=patch))
    here = {name: Claim(value, patch) for name, value in effect.after.items()}
    if effect.before is None:
        return Expected(exists=Claim(value=True, patch=patch), properties=here, made=True)
    names = effect.before.keys() | effect.after.keys()
    changed = {
        name: here.get(name, Claim(None, patch)) for name in names if effect.before.get(name) != effect.after.get(name)
    }
    if known is None or not known.exists.value:
        return Expected(exists=Claim(value=True, patch=patch), properties=changed)
    return Expected(exists=known.exists, properties={**known.properties, **changed}, made=known.made)


def without_varying(
    expected: Mapping[ObjectName, Expected], live: Schema, applied: Iterable[LockedPatch]
) -> tuple[Mapping[ObjectName, Expected], Schema]:
    """Both without what the applied patches make otherwise on each database."""
    depends = tuple(dependence for locked in applied for dependence in locked.depends)
    if not depends:
        return expected, live
    varying = Varying(depends, expected.keys())
    rest = {
        name: replace(
            it,
            properties={key: claim for key, claim in it.properties.items() if key not in varying.properties_of(name)},
        )
        for name, it in expected.items()
        if not varying.covers(name, it.values)
    }
    return rest, varying.rest_of(live)


def within(
    scope: Scope, expected: Mapping[ObjectName, Expected], live: Schema
) -> tuple[Mapping[ObjectName, Expected], Schema]:
    """Both without what is not looked at, such as partitions that come and go."""
    covers = scope.covers_with_owner
    return (
        {name: it for name, it in expected.items() if covers(name, it.values)},
        Schema({name: it for name, it in live.objects.items() if covers(name, it)}),
    )


def missing_from(live: Schema, expected: Mapping[ObjectName, Expected]) -> dict[ObjectName, tuple[ObjectName, ...]]:
    """The expected objects that are not there; a table or view with those of its parts that are missing with it."""
    return by_whole(
        {
            name: it.values
            for name, it in expected.items()
            if it.exists.value and name not in live.objects and not name.kind.is_privileges
        },
    )


def compare(expected: Mapping[ObjectName, Expected], live: Schema) -> tuple[Mismatch, ...]:
    """Everything that does not hold, in the order of the objects' names.

    The parts of a table that is missing are missing with it and are not named.
    """
    parts = {part for parts in missing_from(live, expected).values() for part in parts}
    # Of privileges on something that is missing there is nothing more to say.
    parts |= {
        name for name in expected if name.subject != name and name.subject in expected.keys() - live.objects.keys()
    }
    names = sorted(expected.keys() - parts, key=lambda name: name.sort_key)
    return tuple(mismatch for name in names for mismatch in _mismatches(name, expected[name], live))


def _mismatches(name: ObjectName, expected: Expected, live: Schema) -> list[Mismatch]:
    properties = live.objects.get(name)
    if properties is None and name.kind.is_privileges:
        properties = {}
    if expected.exists.value is not (properties is not None):
        return [_presence(name, expected, live)]
    if properties is None:
        return []
    wanted = expected.properties
    names = sorted(wanted.keys() | (properties.keys() if expected.made else ()))
    ordinary = Claim(None, expected.exists.patch)
    claims = {prop: wanted.get(prop, ordinary) for prop in names}
    return [
        Mismatch(object=name, property=prop, expected=claim.value, found=properties.get(prop), patch=claim.patch)
        for prop, claim in claims.items()
        if claim.value != properties.get(prop) and not _may_be_filled(prop, claim)
    ]


def _may_be_filled(prop: str, claim: Claim) -> bool:
    """A materialized view that was made without its rows, as in a dump of a schema, may have been refreshed since."""
    return prop == POPULATED and claim.value is False


def _presence(name: ObjectName, expected: Expected, live: Schema) -> Mismatch:
    claim = expected.exists
    if not claim.value:
        return Mismatch(object=name, property=None, expected="dropped", found="there", patch=claim.patch)
    kinds = _RELATIONS if name.kind in _RELATIONS else ()
    others = [kind.value for kind in kinds if ObjectName(kind, name.path) in live.objects]
    found = f"not there but a {others[0]} of that name" if others else "not there"
    wanted = shown(expected.values) or "there"
    return Mismatch(object=name, property=None, expected=wanted, found=found, patch=claim.patch)


def shown(properties: Properties) -> str:
    """Each property with its value, for people."""
    return ", ".join(f"{name} {_cut(_text(value), 0)}" for name, value in sorted(properties.items()))


def _around_the_difference(expected: Any, found: Any) -> tuple[str, str]:
    left, right = _text(expected), _text(found)
    if left == right:  # they differ in white space
        left, right = printable(str(expected)), printable(str(found))
    pairs = enumerate(zip(left, right, strict=False))
    same = next((place for place, (one, other) in pairs if one != other), min(len(left), len(right)))
    start = max(0, same - _CHARACTERS_BEFORE) if max(len(left), len(right)) > _SHOWN_CHARACTERS else 0
    return _cut(left, start), _cut(right, start)


def _text(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(_text(item) for item in value) or "empty"
        case dict():
            return ", ".join(f"{key} {_text(item)}" for key, item in sorted(value.items()))
        case _:
            return printable(" ".join(str(value).split()))


def _cut(text: str, start: int) -> str:
    """A long text's part from where it becomes interesting."""
    part = text[start : start + _SHOWN_CHARACTERS]
    return ("…" if start else "") + part + ("…" if start + _SHOWN_CHARACTERS < len(text) else "")
