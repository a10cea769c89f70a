"""When it is asked what is in the way of the patches ahead, and of which of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import ConnectionLost, Drifted
from rdspatch.core.schema import Effect, ObjectKind, ObjectName
from rdspatch.core.strangers.in_the_way import StrangersObject
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.lookout import FRESH_SECONDS, Lookout
from rdspatch.testing import FakeClock, FakeDatabase
from tests.samples import RUN, locked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.strangers.in_the_way import Obstacle, Path


def making(number: int) -> LockedPatch:
    made = Effect(object=ObjectName(ObjectKind.TABLE, ("public", f"t{number}")), before=None, after={})
    return replace(locked(name=f"000{number}_t"), effects=(made,))


THIRD = StrangersObject(object=ObjectName(ObjectKind.TABLE, ("public", "t3")), there="table public.t3", role="mallory")
PATCHES = [making(number) for number in (1, 2, 3)]


class World:
    """A database that remembers how many patches it was asked about, each time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = FakeClock()
        self.database = FakeDatabase(clock=self.clock)
        deadline = Deadline(self.clock)
        self.applier = Applier.open(
            database=self.database, clock=self.clock, run=RUN, deadline=deadline, policy=ApplyPolicy()
        )
        self.asked: list[int] = []
        session = self.applier.session
        answer = type(session).obstacles

        def obstacles(asked_of: object, paths: Sequence[Path]) -> tuple[Obstacle, ...]:
            self.asked.append(len(paths))
            return answer(asked_of, paths)  # type: ignore[arg-type] # it is the fake's session

        monkeypatch.setattr(type(session), "obstacles", obstacles)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_all_of_them_are_asked_about_at_once(world: World) -> None:
    lookout = Lookout(applier=world.applier, ahead=PATCHES)
    for number in range(3):
        lookout.require_clear(number)
    assert world.asked == [3]


def test_nothing_is_asked_where_no_patch_makes_or_touches_anything(world: World) -> None:
    Lookout(applier=world.applier, ahead=[locked()]).require_clear(0)
    assert world.asked == []


def test_what_is_in_the_way_of_a_later_patch_is_asked_again_when_its_turn_comes(world: World) -> None:
    world.database.obstacles = (THIRD,)
    lookout = Lookout(applier=world.applier, ahead=PATCHES)
    lookout.require_clear(0)
    lookout.require_clear(1)
    assert world.asked == [3]
    world.database.obstacles = ()
    lookout.require_clear(2)
    assert world.asked == [3, 1]


def test_what_is_still_in_the_way_then_ends_it(world: World) -> None:
    world.database.obstacles = (THIRD,)
    lookout = Lookout(applier=world.applier, ahead=PATCHES)
    lookout.require_clear(0)
    with pytest.raises(Drifted, match=r"0003_t.sql: table public.t3 is there already"):
        lookout.require_clear(2)
    assert world.asked == [3, 1]


def test_an_old_answer_counts_for_nothing(world: World) -> None:
    lookout = Lookout(applier=world.applier, ahead=PATCHES)
    lookout.require_clear(0)
    world.clock.sleep(FRESH_SECONDS)
    world.database.obstacles = (THIRD,)
    lookout.require_clear(1)
    with pytest.raises(Drifted):
        lookout.require_clear(2)


def test_a_connection_that_breaks_meanwhile_is_an_error_of_its_own(world: World) -> None:
    world.applier.session.close()
    with pytest.raises(ConnectionLost, match="run again"):
        Lookout(applier=world.applier, ahead=PATCHES).require_clear(0)
