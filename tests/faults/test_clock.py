"""Clocks that are wrong: what happened first stands first, whatever the time says."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.audit import AuditEvent, find_break

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.world import World

HOUR = timedelta(hours=1)


@dataclass
class WrongClock(SystemClock):
    """The time is off by so much, and by as much again each time that somebody asks."""

    first: timedelta
    step: timedelta = timedelta()
    _asked: Iterator[int] = field(default_factory=itertools.count)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.first + next(self._asked) * self.step


CLOCKS = {
    "an hour ahead": (HOUR, timedelta()),
    "an hour behind": (-HOUR, timedelta()),
    "backwards between records": (HOUR, -HOUR / 4),
    "forwards by days between records": (-HOUR, 48 * HOUR),
}


@pytest.mark.experiment("F54")
@pytest.mark.parametrize(("first", "step"), CLOCKS.values(), ids=CLOCKS)
def test_records_are_in_the_order_in_which_things_happened(
    world: World, expected: dict[str, Any], first: timedelta, step: timedelta
) -> None:
    world.function.setenv()
    with world.function.with_ports(clock=WrongClock(first, step)):
        assert world.run() is None
    records = sorted(world.function.table.everything(), key=lambda record: record.sort)
    assert find_break(records) is None
    patches = [AuditEvent.PATCH_APPLIED.value] * len(world.scenario.effects)
    assert [record.event for record in records] == ["requested", *patches, "verified"]
    assert [record.patch_id for record in records if record.patch_id] == list(world.scenario.effects)
    world.settle(expected)
