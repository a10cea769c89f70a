"""From the effects of one patch under two conditions to what depends on the condition."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from rdspatch.authoring.proof.mention import mentions
from rdspatch.core.dependence import ANY, Cause, Dependence, Varying
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.core.schema import Effect, Properties

_WHOLES = (ObjectKind.SCHEMA, ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_SHORT = "jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun"
_CALENDAR = re.compile(rf"(?<![a-z])(?:{_MONTHS}|{_DAYS}|{_SHORT})(?![a-z])", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"(?<![0-9a-z])(?=[a-f]*[0-9])[0-9a-f]{6,}(?![0-9a-z])")
_DIGITS = re.compile(r"[0-9]+")


def dependences_of(
    here: Sequence[Effect], elsewhere: Sequence[Effect], cause: Cause, *, text: str
) -> tuple[Dependence, ...]:
    """What a patch did under one condition and not, or otherwise, under the other.

    What it makes under a name that its text does not hold stands for every name of that form: digits, months and days
    are replaced by `*`.

    Args:
        here: Its effects under one condition.
        elsewhere: Its effects under the other.
        cause: What the conditions differ in.
        text: The patch, and whatever else holds the names that it makes for certain.
    """
    ours, theirs = ({effect.object: effect for effect in effects} for effects in (here, elsewhere))
    found: list[Dependence] = []
    wholes_first = sorted(ours.keys() | theirs.keys(), key=lambda name: (name.kind not in _WHOLES, *name.sort_key))
    for name in wholes_first:
        one, other = ours.get(name), theirs.get(name)
        if one is not None and other is not None and (one.before, one.after) == (other.before, other.after):
            continue
        effect = one or other
        if effect is None or Varying(found).covers(name, effect.after or effect.before or {}):
            continue
        dependence = _dependence(name, one, other, cause, text)
        if dependence not in found:
            found.append(dependence)
    return tuple(sorted(_joined(found, text), key=lambda it: it.object.sort_key))


def _dependence(name: ObjectName, one: Effect | None, other: Effect | None, cause: Cause, text: str) -> Dependence:
    before = next((effect.before for effect in (one, other) if effect is not None), None)
    # Where only one of them touched the object, the other left it as it was.
    sides = [before if effect is None else effect.after for effect in (one, other)]
    if sides[0] is not None and sides[1] is not None:
        return Dependence(cause=cause, object=name, properties=_differing(sides[0], sides[1]))
    is_made = before is None
    return Dependence(cause=cause, object=_form_of(name, text) if is_made else name)


def _differing(one: Properties, other: Properties) -> tuple[str, ...]:
    return tuple(sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key)))


def _form_of(name: ObjectName, text: str) -> ObjectName:
    """The name with `*` for what varies; as it is when the text holds it."""
    place = 1 if name.kind is ObjectKind.FUNCTION else len(name.path) - 1
    own = name.path[place]
    if mentions(text, own):
        return name
    form = own
    for varying in (_HEXADECIMAL, _CALENDAR, _DIGITS):
        form = varying.sub(ANY, form)
    return ObjectName(name.kind, (*name.path[:place], form, *name.path[place + 1 :]))


def _joined(found: Sequence[Dependence], text: str) -> Iterator[Dependence]:
    """Names without a digit that share their beginning, such as those of tenants, become one form."""
    groups: dict[tuple[Cause, ObjectKind, tuple[str, ...], str], list[Dependence]] = defaultdict(list)
    for dependence in found:
        around, own = dependence.object.path[:-1], dependence.object.path[-1]
        head, _, rest = own.partition("_")
        is_free = dependence.is_exact and not dependence.properties and not mentions(text, own)
        if is_free and rest and dependence.object.kind in _WHOLES:
            groups[dependence.cause, dependence.object.kind, around, head].append(dependence)
        else:
            yield dependence
    for (cause, kind, around, head), group in groups.items():
        if len(group) == 1:
            yield group[0]
        else:
            yield Dependence(cause=cause, object=ObjectName(kind, (*around, f"{head}_{ANY}")))
