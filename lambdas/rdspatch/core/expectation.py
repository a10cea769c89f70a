"""What must hold now: the effects of the applied patches, one after the other, compared with the live schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rdspatch.core.schema import ObjectKind, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdspatch.core.schema import Effect, ObjectName, Schema

_SHOWN_CHARACTERS = 60
_CHARACTERS_BEFORE = 20
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that a patch says and the live schema does not."""

    object: ObjectName
    property: str | None
    """None when the object itself is missing, or there although it was dropped."""
    expected: str
    found: str
    patch: str

    def __str__(self) -> str:
        subject = f"{self.object}" if self.property is None else f"{self.object}: {self.property}"
        return f"{subject} is {self.found}, expected {self.expected}"


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
            expected[effect.object] = _after(effect, patch, expected.get(effect.object))
    return expected


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


def compare(expected: Mapping[ObjectName, Expected], live: Schema) -> tuple[Mismatch, ...]:
    """Everything that does not hold, in the order of the objects' names.

    The parts of a table that is missing are missing with it and are not named.
    """
    found: list[Mismatch] = []
    missing: set[tuple[str, ...]] = set()
    for name in sorted(expected, key=lambda name: name.sort_key):
        if name.path[:2] in missing:
            continue
        mismatches = _mismatches(name, expected[name], live)
        found += mismatches
        if name.kind is ObjectKind.TABLE and any(m.property is None for m in mismatches):
            missing.add(name.path)
    return tuple(found)


def _mismatches(name: ObjectName, expected: Expected, live: Schema) -> list[Mismatch]:
    properties = live.objects.get(name)
    if expected.exists.value is not (properties is not None):
        return [_presence(name, expected, live)]
    if properties is None:
        return []
    wanted = expected.properties
    names = sorted(wanted.keys() | (properties.keys() if expected.made else ()))
    ordinary = Claim(None, expected.exists.patch)
    return [
        _difference(name, prop, wanted.get(prop, ordinary), properties.get(prop))
        for prop in names
        if wanted.get(prop, ordinary).value != properties.get(prop)
    ]


def _presence(name: ObjectName, expected: Expected, live: Schema) -> Mismatch:
    claim = expected.exists
    if not claim.value:
        return Mismatch(object=name, property=None, expected="dropped", found="there", patch=claim.patch)
    others = [other for other in live.objects if other.path == name.path and {other.kind, name.kind} <= _RELATIONS]
    found = f"not there but a {others[0].kind.value} of that name" if others else "not there"
    shown = ", ".join(f"{prop} {_shown(claim.value)}" for prop, claim in sorted(expected.properties.items()))
    return Mismatch(object=name, property=None, expected=shown or "there", found=found, patch=claim.patch)


def _difference(name: ObjectName, prop: str, claim: Claim, found: Any) -> Mismatch:
    left, right = _text(claim.value), _text(found)
    pairs = enumerate(zip(left, right, strict=False))
    same = next((place for place, (one, other) in pairs if one != other), min(len(left), len(right)))
    start = max(0, same - _CHARACTERS_BEFORE) if max(len(left), len(right)) > _SHOWN_CHARACTERS else 0
    expected = _cut(left, start)
    return Mismatch(object=name, property=prop, expected=expected, found=_cut(right, start), patch=claim.patch)


def _shown(value: Any) -> str:
    return _cut(_text(value), 0)


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
