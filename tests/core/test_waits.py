from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.patch import DEFAULT_LOCK_TIMEOUT
from rdspatch.core.waits import DEFAULT_WAITS, attempt

NUMBERS = st.integers(0, len(DEFAULT_WAITS) - 1)
JITTER = st.floats(0, 1, exclude_max=True)
CAPS = st.timedeltas(timedelta(milliseconds=1), timedelta(seconds=10))


def test_every_attempt_has_a_timeout_also_the_last_one() -> None:
    assert all(wait.lock_timeout > timedelta() for wait in DEFAULT_WAITS)


def test_the_first_attempts_hold_the_application_up_for_a_blink_only() -> None:
    assert all(wait.lock_timeout <= timedelta(milliseconds=100) for wait in DEFAULT_WAITS[:4])


def test_stays_and_pauses_only_grow() -> None:
    stays = [wait.lock_timeout for wait in DEFAULT_WAITS]
    pauses = [wait.then_sleep for wait in DEFAULT_WAITS[:-1]]
    assert stays == sorted(stays)
    assert pauses == sorted(pauses)


def test_all_attempts_together_take_a_few_minutes() -> None:
    total = sum((wait.lock_timeout + wait.then_sleep for wait in DEFAULT_WAITS), timedelta())
    assert timedelta(minutes=3) < total < timedelta(minutes=5)
    assert len(DEFAULT_WAITS) == 15


def test_only_the_last_attempt_is_the_last_and_no_pause_follows_it() -> None:
    attempts = [attempt(DEFAULT_WAITS, number, cap=timedelta(1), jitter=0.5) for number in range(15)]
    assert [now.is_last for now in attempts] == [False] * 14 + [True]
    assert attempts[-1].then_sleep == timedelta()


@given(number=NUMBERS, cap=CAPS, jitter=JITTER)
def test_no_attempt_stays_longer_than_the_patch_allows(number: int, cap: timedelta, jitter: float) -> None:
    now = attempt(DEFAULT_WAITS, number, cap=cap, jitter=jitter)
    assert timedelta() < now.lock_timeout <= cap
    assert now.lock_timeout <= DEFAULT_WAITS[number].lock_timeout


@given(number=NUMBERS, jitter=JITTER)
def test_a_pause_is_between_half_and_all_of_the_tables(number: int, jitter: float) -> None:
    pause = attempt(DEFAULT_WAITS, number, cap=DEFAULT_LOCK_TIMEOUT, jitter=jitter).then_sleep
    assert DEFAULT_WAITS[number].then_sleep / 2 <= pause <= DEFAULT_WAITS[number].then_sleep


def test_the_jitter_spreads_the_pause() -> None:
    pauses = {attempt(DEFAULT_WAITS, 7, cap=DEFAULT_LOCK_TIMEOUT, jitter=jitter).then_sleep for jitter in (0.0, 0.5)}
    assert pauses == {timedelta(seconds=5), timedelta(seconds=7.5)}


@pytest.mark.parametrize(("cap", "expected"), [(50, 50), (1000, 1000), (60_000, 10_000)])
def test_the_last_stay_is_the_longest_that_the_patch_allows(cap: int, expected: int) -> None:
    now = attempt(DEFAULT_WAITS, 14, cap=timedelta(milliseconds=cap), jitter=0)
    assert now.lock_timeout == timedelta(milliseconds=expected)
