"""One expression in two wordings: a server prints what it parsed, and prints that otherwise once it has read it again.

`status IN ('a', 'b')` comes back from a dump in other words, and so does what another major version printed. Which of
the texts that differ are one expression is for the server to say: it reads both again until they meet.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rdspatch.core.schema import ObjectKind, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rdspatch.core.schema import ObjectName, Properties

_DEFINITION = ("definition",)
TEXTS: Mapping[ObjectKind, tuple[str, ...]] = MappingProxyType(
    {
        ObjectKind.TABLE: ("partition_by",),
        ObjectKind.COLUMN: ("default", "generated"),
        ObjectKind.CONSTRAINT: _DEFINITION,
        ObjectKind.INDEX: _DEFINITION,
        ObjectKind.VIEW: _DEFINITION,
        ObjectKind.MATERIALIZED_VIEW: _DEFINITION,
        ObjectKind.FUNCTION: _DEFINITION,
        ObjectKind.TRIGGER: _DEFINITION,
        ObjectKind.RULE: _DEFINITION,
        ObjectKind.STATISTICS: _DEFINITION,
        ObjectKind.POLICY: ("using", "check"),
        ObjectKind.DOMAIN: ("default", "checks"),
    },
)
"""The properties that the server prints from a parsed expression, by kind of object."""


def worded_apart(wanted: Mapping[ObjectName, Properties], live: Schema) -> dict[ObjectName, tuple[str, ...]]:
    """The objects that are there with another text than the one that is wanted, each with those properties."""
    apart = {}
    for name, properties in wanted.items():
        found = live.objects.get(name)
        if found is None:
            continue
        texts = tuple(
            item
            for item in TEXTS.get(name.kind, ())
            if properties.get(item) is not None and found.get(item) is not None and properties[item] != found[item]
        )
        if texts:
            apart[name] = texts
    return apart


def meet(wanted: Iterable[Any], found: Sequence[Any]) -> bool:
    """Whether two texts are one expression, given what the server prints of each after every reading."""
    return any(text is not None and text in found for text in wanted)


def reworded(live: Schema, wanted: Mapping[ObjectName, Properties], same: Mapping[ObjectName, Iterable[str]]) -> Schema:
    """The live schema with the wanted text for each property that was found to be the same."""
    changed = {name: {**live.objects[name], **{item: wanted[name][item] for item in same[name]}} for name in same}
    return Schema({**live.objects, **changed}) if changed else live
