"""Objects and effects as the lock file writes them: one JSON object each, its keys in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdspatch.core.schema import Effect, ObjectName, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def objects_to_json(schema: Schema) -> list[dict[str, Any]]:
    """Every object of a schema, in the order of their names."""
    items = sorted(schema.objects.items(), key=lambda item: item[0].sort_key)
    return [{"object": name.to_json(), "after": _ordered(properties)} for name, properties in items]


def objects_from_json(documents: Iterable[Mapping[str, Any]]) -> Schema:
    """The inverse of `objects_to_json`. Raises KeyError, TypeError or ValueError for anything else."""
    return Schema({ObjectName.from_json(item["object"]): _properties(item["after"]) for item in documents})


def effect_to_json(effect: Effect) -> dict[str, Any]:
    sides = {"before": effect.before, "after": effect.after}
    shown = {name: _ordered(side) for name, side in sides.items() if side is not None}
    return {"object": effect.object.to_json(), **shown}


def effect_from_json(document: Mapping[str, Any]) -> Effect:
    """The inverse of `effect_to_json`. Raises KeyError, TypeError or ValueError for anything else."""
    before, after = (_properties(document[side]) if side in document else None for side in ("before", "after"))
    if before == after:
        raise ValueError(f"{document['object']} has no change")
    return Effect(object=ObjectName.from_json(document["object"]), before=before, after=after)


def _properties(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object of properties")
    return value


def _ordered(value: Any) -> Any:
    """The same JSON value with the keys of every object in order."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value
