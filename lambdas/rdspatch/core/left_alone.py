"""Which differences a repair does not touch, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.additive import VALIDITY
from rdspatch.core.drift import BASELINE, Difference, Drift, DriftKind
from rdspatch.core.schema import ObjectKind
from rdspatch.core.statement import StatementKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import ObjectName


_INDEX_NAME = re.compile(r"^(CREATE (?:UNIQUE )?INDEX )(?:\"(?:[^\"]|\"\")+\"|[^ ]+)(?= ON )")


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A difference that no replay touches, and why."""

    difference: Difference
    reason: str

    def __str__(self) -> str:
        return f"{self.difference}: {self.reason}"


def is_healable(difference: Difference) -> bool:
    """Missing, or there and not valid: what an interrupted replay, or apply, may leave behind."""
    return difference.kind is DriftKind.MISSING or (
        difference.kind is DriftKind.CHANGED
        and all(detail.property in VALIDITY and detail.found is False for detail in difference.details)
    )


def why_left(difference: Difference, drift: Drift, files: Mapping[str, LockedPatch]) -> str:
    """Why a difference is left alone; nothing when it is to be healed.

    Args:
        difference: One of the drift's.
        drift: All differences.
        files: The patches by name.
    """
    name = difference.object
    if difference.kind is DriftKind.EXTRA:
        return "what is extra is left alone"
    if not is_healable(difference):
        return "what was changed is left alone"
    if difference.patch == BASELINE:
        return "the baseline made it, and no patch brings it back"
    if difference.kind is DriftKind.MISSING:
        return _in_its_place(difference, drift)
    if name.kind is ObjectKind.INDEX and not builds_concurrently(name, files[difference.patch]):
        return "only a patch that builds an index concurrently can build it again"
    return ""


def _in_its_place(missing: Difference, drift: Drift) -> str:
    """What makes an object that is missing one that was replaced, or renamed with its values."""
    for extra in drift.of(DriftKind.EXTRA):
        if extra.object.path == missing.object.path:
            return f"{extra.object} is in its place"
        if _has_another_name(missing, extra):
            return f"it is there under another name, as {extra.object}"
        if _looks_renamed(missing, extra):
            return f"it looks as if it had been renamed to {extra.object}, with what it holds"
    return ""


def _has_another_name(missing: Difference, extra: Difference) -> bool:
    """Whether a constraint or an index was renamed: a replay would make a second one that does the same."""
    name, other = missing.object, extra.object
    if name.kind is not other.kind or name.kind not in (ObjectKind.CONSTRAINT, ObjectKind.INDEX):
        return False
    if name.kind is ObjectKind.CONSTRAINT and name.path[:2] != other.path[:2]:
        return False
    return bool(missing.values) and _without_name(missing) == _without_name(extra)


def _without_name(difference: Difference) -> Mapping[str, object]:
    """The properties of a constraint or an index; the definition of an index begins with its name."""
    definition = str(difference.values.get("definition", ""))
    values = {name: value for name, value in difference.values.items() if value is not None}
    return {**values, "definition": _INDEX_NAME.sub(r"\1", definition)}


def _looks_renamed(missing: Difference, extra: Difference) -> bool:
    name, other = missing.object, extra.object
    if name.kind is not other.kind:
        return False
    if name.kind is ObjectKind.TABLE:
        return _columns(missing) == _columns(extra)
    same = f"there ({missing.details[0].expected})" == extra.details[0].found
    return name.kind is ObjectKind.COLUMN and name.path[:2] == other.path[:2] and same


def _columns(table: Difference) -> set[str]:
    return {part.path[-1] for part in table.parts if part.kind is ObjectKind.COLUMN}


def builds_concurrently(index: ObjectName, locked: LockedPatch) -> bool:
    """Whether a statement of the patch builds the index without holding up writers."""
    return any(
        statement.kind is StatementKind.CREATE_INDEX and statement.object and statement.object.name == index.path[-1]
        for statement in locked.statements
    )
