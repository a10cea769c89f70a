"""Every clock, the fake and the system's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.testing import FakeClock

if TYPE_CHECKING:
    from rdspatch.ports import Clock


@pytest.fixture(params=[FakeClock, SystemClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


def test_the_time_is_in_utc(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta()


def test_a_sleep_passes_on_both_scales(clock: Clock) -> None:
    now, seconds = clock.now(), clock.monotonic()
    clock.sleep(0.02)
    assert clock.monotonic() - seconds == pytest.approx(0.02, abs=0.5)
    assert clock.monotonic() - seconds >= 0.019
    assert clock.now() - now >= timedelta(milliseconds=10)


def test_the_fake_passes_no_time_by_itself_and_remembers_who_slept() -> None:
    clock = FakeClock()
    clock.sleep(3600)
    clock.sleep(0.5)
    assert clock.monotonic() == clock.monotonic() == 3600.5
    assert clock.sleeps == [3600, 0.5]
