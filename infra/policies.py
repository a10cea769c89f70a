"""What a stage decides about runs: parsed strictly, each with a default that is safe."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .context import Section

NIGHTLY: Final = "cron(17 3 * * ? *)"
"""UTC, and off the full hour, when everybody's schedules fire."""

_IDENTIFIER: Final = r"[A-Za-z][A-Za-z0-9-]{0,62}"
_EXPRESSION: Final = r"(cron|rate)\([^()]+\)"
_MOST_REPLAYED: Final = 1000
_MOST_KEPT: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """The scheduled repair of drift."""

    schedule: str | None = NIGHTLY
    """A `cron(…)` or `rate(…)` expression of EventBridge, in UTC; None leaves it to people to start one."""
    limit: int = 10
    """The most patches that one repair replays; with more missing, somebody has to look first."""

    def __post_init__(self) -> None:
        """Refuse, by ValueError, what no schedule and no repair can be."""
        if self.schedule is not None and not re.fullmatch(_EXPRESSION, self.schedule):
            raise ValueError(f"the schedule {self.schedule!r} has to look like {NIGHTLY} or rate(12 hours)")
        _check("a repair replays", self.limit, most=_MOST_REPLAYED, unit="patches")


MOST_HOURS: Final = 168
"""A week: the longest that a run may wait for somebody."""

HAZARDS: Final = (
    "rewrite",
    "blocking-scan",
    "blocking-index",
    "destructive",
    "data-change",
    "removes",
    "restricts",
    "access",
)
"""What the proof of a patch can find, as the lock file calls it."""
ASKED_FOR: Final = ("destructive", "removes", "access")
"""What waits unless a stage says otherwise: somebody loses what is there. What only restricts is every constraint that
an application wants, and waits where a stage names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What waits for somebody's approval."""

    hazards: tuple[str, ...] = ASKED_FOR
    """Kinds of hazard; with any, a patch that nobody has proven waits too. None at all: nothing waits."""
    hours: int = 24
    """How long, before the run ends without it."""

    def __post_init__(self) -> None:
        """Refuse, by ValueError, hazards that no proof finds, and a wait that no run may take."""
        for hazard in self.hazards:
            if hazard not in HAZARDS:
                raise ValueError(f"{hazard!r} is no kind of hazard; known are {', '.join(HAZARDS)}")
        _check("an approval is waited for", self.hours, most=MOST_HOURS, unit="hours")


def approval_of(section: Section) -> Approval:
    """Read `{"hazards": ["destructive", …], "hours": 24}`, all of it optional."""
    hazards = section.texts("hazards", pattern="|".join(HAZARDS), default=ASKED_FOR)
    approval = Approval(
        hazards=tuple(hazard for hazard in hazards if hazard in HAZARDS),
        hours=section.number("hours", lowest=1, highest=MOST_HOURS, default=24),
    )
    section.refuse_unknown()
    return approval


class SnapshotPolicy(enum.Enum):
    """When a snapshot of the database is taken before patches are applied."""

    NEVER = "never"
    WHEN_NEEDED = "when-needed"
    """When a pending patch does more than add, or nobody has proven what it does."""
    ALWAYS = "always"
    """Before every run that has patches to apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The snapshots that runs take."""

    policy: SnapshotPolicy = SnapshotPolicy.WHEN_NEEDED
    keep: int = 5
    """The newest of ours that stay; people's own snapshots are none of our business."""
    instance: str | None = None
    """The identifier on RDS, where the host name does not tell it."""
    cluster: str | None = None

    def __post_init__(self) -> None:
        """Refuse, by ValueError, a number that is none, and two databases at once."""
        _check("snapshots are kept", self.keep, most=_MOST_KEPT, unit="of them")
        if self.instance is not None and self.cluster is not None:
            raise ValueError("a snapshot is of an instance or of a cluster; give the one that is patched")


def snapshot_of(section: Section) -> Snapshot:
    """Read `{"policy": "never" | "when-needed" | "always", "keep": 5, "instance" or "cluster": "…"}`, all optional."""
    known = "|".join(policy.value for policy in SnapshotPolicy)
    policy = section.text("policy", pattern=known, default=SnapshotPolicy.WHEN_NEEDED.value)
    keep = section.number("keep", lowest=1, highest=_MOST_KEPT, default=5)
    instance = section.optional_text("instance", pattern=_IDENTIFIER)
    cluster = section.optional_text("cluster", pattern=_IDENTIFIER)
    if instance is not None and cluster is not None:
        section.note("cluster", "is given beside an instance; give the one that is patched")
        cluster = None
    section.refuse_unknown()
    return Snapshot(policy=SnapshotPolicy(policy), keep=keep, instance=instance, cluster=cluster)


def repair_of(section: Section) -> Repair:
    """Read `{"schedule": "cron(…)" | false, "limit": 10}`, all of it optional."""
    off = section.is_false("schedule")
    repair = Repair(
        schedule=None if off else section.text("schedule", pattern=_EXPRESSION, default=NIGHTLY),
        limit=section.number("limit", lowest=1, highest=_MOST_REPLAYED, default=10),
    )
    section.refuse_unknown()
    return repair


def _check(what: str, number: int, *, most: int, unit: str) -> None:
    if not 1 <= number <= most:
        raise ValueError(f"{what} 1 to {most} {unit}, not {number}")
