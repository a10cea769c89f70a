"""What somebody may want to know of pending patches before they are applied."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.core.additive import only_adds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.proof import HazardKind

MOST_HAZARDS = 20
MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The pending patches of a plan, looked at together."""

    additive: bool
    """Whether all of them were proven, and only add."""
    hazards: tuple[str, ...]
    """What somebody has to approve, each with file and line; empty where nobody has to."""
    digest: str
    """Stands for these very patches: an approval of others is none of these."""

    def to_json(self, *, approved: bool) -> dict[str, Any]:
        """What the workflow goes by."""
        shown = [text[:MOST_CHARACTERS] for text in self.hazards[:MOST_HAZARDS]]
        needed = bool(self.hazards) and not approved
        approval = {"needed": needed, "hazards": shown, "count": len(self.hazards), "digest": self.digest}
        return {"additive": self.additive, "approval": approval}


def review(pending: Sequence[LockedPatch], *, ask: AbstractSet[HazardKind]) -> Review:
    """Look at the patches that a run would apply.

    Args:
        pending: The patches, in order.
        ask: The kinds of hazard that somebody has to approve. With any, so has a patch that nobody has proven.
    """
    named = "\n".join(f"{locked.patch.name} {locked.patch.checksum}" for locked in pending)
    return Review(
        additive=all(map(only_adds, pending)),
        hazards=tuple(text for locked in pending for text in _to_approve(locked, ask)),
        digest=hashlib.sha256(named.encode()).hexdigest(),
    )


def _to_approve(locked: LockedPatch, ask: AbstractSet[HazardKind]) -> Iterator[str]:
    file = locked.patch.id.file_name
    if ask and locked.effects is None:
        yield f"{file}: nobody has proven what it does"
    for hazard in locked.hazards:
        if hazard.kind in ask:
            yield f"{file}:{hazard.line}: {hazard}: {hazard.sentence}"
