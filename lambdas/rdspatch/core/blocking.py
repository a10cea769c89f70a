"""What a replay would hold writers up with, for as long as it takes to read a table that is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rdspatch.core.left_alone import builds_concurrently
from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import Effect

_KEYS: Final = ("PRIMARY KEY", "UNIQUE", "EXCLUDE")
_WHOLES: Final = (ObjectKind.TABLE, ObjectKind.MATERIALIZED_VIEW)


def blocking(locked: LockedPatch, heals: Collection[ObjectName]) -> Iterator[tuple[ObjectName, str]]:
    """Each object that comes back by work on a whole table that is there, and the end of a sentence: by what.

    An index that is built concurrently holds nobody up, and neither does a constraint that was made NOT VALID and
    validated by a statement of its own.

    Args:
        locked: To be replayed.
        heals: What comes back; on a table that comes back itself nobody is at work.
    """
    for effect in locked.effects or ():
        owner = owner_of(effect.object, effect.after or {})
        if effect.before is not None or effect.object not in heals or owner is None:
            continue
        if not any(ObjectName(kind, owner) in heals for kind in _WHOLES):
            reason = _reason(effect, locked, ".".join(owner))
            if reason:
                yield effect.object, reason


def _reason(effect: Effect, locked: LockedPatch, table: str) -> str:
    name, after = effect.object, effect.after or {}
    definition = str(after.get("definition", ""))
    match name.kind:
        case ObjectKind.INDEX if not builds_concurrently(name, locked):
            return f"building it while nobody can write to {table}"
        case ObjectKind.CONSTRAINT if definition.startswith(_KEYS) and " USING INDEX " not in definition:
            return f"building its index while nobody can write to {table}"
        case ObjectKind.CONSTRAINT if after.get("validated"):
            return f"reading every row while nobody can write to {table}"
        case ObjectKind.COLUMN if ("generated" in after and not after.get("virtual")) or "identity" in after:
            return f"writing every row again while nobody can use {table}"
    return ""
