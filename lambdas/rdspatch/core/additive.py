"""Whether a patch only adds, so that it may run again on a schema that has moved on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rdspatch.core.proof import HazardKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import Effect

VALIDITY: Final = frozenset({"validated", "valid", "not_null_validated"})
"""Properties that a patch may turn from false to what is ordinary without taking anything away."""

_REFUSED: Final = frozenset({HazardKind.REWRITE, HazardKind.DESTRUCTIVE, HazardKind.DATA, HazardKind.REMOVES})
"""What is added may restrict others, as a constraint does, and comes back all the same when it is missing. Privileges
that a patch takes are taken again, by it and by whatever set them after it."""
_SEQUENCE: Final = re.compile(r"\bsetval\b|\brestart\b", re.IGNORECASE)
"""What no proof sees and no rollback takes back: the next number of a sequence."""


def only_adds(locked: LockedPatch) -> bool:
    """Whether a patch was proven, and whoever works with the database keeps everything that was there."""
    takes = any(hazard.kind is HazardKind.ACCESS for hazard in locked.hazards)
    return locked.effects is not None and not takes and not any(reasons_against(locked))


def reasons_against(locked: LockedPatch) -> Iterator[tuple[int | None, str]]:
    """What else than adding a patch does: the line in its file, where one is known, and the end of a sentence."""
    for hazard in locked.hazards:
        if hazard.kind in _REFUSED:
            yield hazard.line, hazard.sentence
    for effect in locked.effects or ():
        # Who may use what comes back is a part of bringing it back.
        if not effect.object.kind.is_privileges and not _adds(effect):
            yield None, str(effect)
    for dependence in locked.depends:
        yield None, f"makes what is otherwise on each database: {dependence}"
    for statement in locked.statements:
        if _SEQUENCE.search(locked.text_of(statement)):
            yield statement.line, "sets the next number of a sequence"


def _adds(effect: Effect) -> bool:
    before, after = effect.before, effect.after
    if before is None or after is None:
        return after is not None
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return changed <= VALIDITY and all(before.get(name) is False and after.get(name) is not False for name in changed)
