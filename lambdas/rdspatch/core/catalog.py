"""What the catalog says about the object of a non-transactional statement, and what to do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Move(enum.Enum):
    """What to do about one non-transactional statement."""

    NOTHING = "its post-condition holds already"
    EXECUTE = "execute it"
    ATTEMPT = "execute it and let the server say what is missing"
    """Without an intent: what is not there before must not look later as if an attempt had removed it."""
    REBUILD = "drop the invalid index that an earlier attempt left, then execute it"
    FINISH = "finish the detach that an earlier attempt began"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Decision:
    """A move and, when it is a refusal, the reason."""

    move: Move
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFacts:
    """What stands under the name of an index."""

    exists: bool
    is_index: bool = False
    is_valid: bool = False
    """Valid and ready: the planner uses it and writes maintain it."""
    same_definition: bool = False
    """It is what the patch's statement would build on this server."""
    found: str = ""
    """What is there, for messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionFacts:
    """Whether a table is a partition of its parent."""

    attached: bool
    detach_pending: bool = False


def decide_create_index(facts: IndexFacts, *, intended: bool) -> Decision:
    """What to do about CREATE INDEX CONCURRENTLY.

    Args:
        facts: What the catalog says under the index's name.
        intended: Whether an earlier attempt of this patch recorded its intent, so that an invalid index is ours.
    """
    if not facts.exists:
        return Decision(Move.EXECUTE)
    if not facts.is_index:
        return Decision(Move.REFUSE, f"the name is taken by {facts.found}")
    if facts.same_definition:
        return Decision(Move.NOTHING if facts.is_valid else Move.REBUILD)
    if not facts.is_valid and intended:
        return Decision(Move.REBUILD)
    validity = "" if facts.is_valid else "an invalid index, "
    return Decision(Move.REFUSE, f"an index of another definition has the name: {validity}{facts.found}")


def decide_drop_index(facts: IndexFacts, *, intended: bool) -> Decision:
    """What to do about DROP INDEX CONCURRENTLY; an index that was never seen is the server's to complain about."""
    if not facts.exists:
        return Decision(Move.NOTHING if intended else Move.ATTEMPT)
    if not facts.is_index:
        return Decision(Move.REFUSE, f"the name is taken by {facts.found}")
    return Decision(Move.EXECUTE)


def decide_detach(facts: PartitionFacts, *, intended: bool) -> Decision:
    """What to do about ALTER TABLE … DETACH PARTITION … CONCURRENTLY; see `decide_drop_index`."""
    if not facts.attached:
        return Decision(Move.NOTHING if intended else Move.ATTEMPT)
    return Decision(Move.FINISH if facts.detach_pending else Move.EXECUTE)
