"""How long a patch waits for a lock, and how long it then stays away, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class LockWait:
    """One attempt: the longest stay in the lock queue, then the pause before the next attempt."""

    lock_timeout: timedelta
    then_sleep: timedelta


def _waits(*pairs: tuple[int, int]) -> tuple[LockWait, ...]:
    return tuple(LockWait(timedelta(milliseconds=lock), timedelta(milliseconds=sleep)) for lock, sleep in pairs)


DEFAULT_WAITS = _waits(
    (50, 100),
    (50, 200),
    (100, 400),
    (100, 800),
    (200, 1_500),
    (200, 3_000),
    (500, 5_000),
    (500, 10_000),
    (1_000, 15_000),
    (1_000, 20_000),
    (1_000, 30_000),
    (2_000, 45_000),
    (2_000, 60_000),
    (5_000, 60_000),
    (10_000, 0),
)
"""Short stays first, because whoever queues behind us waits as long as we do: 15 attempts in about 4 minutes.

Each lock timeout is capped by the patch's `lock-timeout`. There is no last attempt without a timeout: when the table
ends, the patch fails. A short queueing time beats polling with NOWAIT, which starves under steady readers.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The next thing to do about a lock."""

    lock_timeout: timedelta
    then_sleep: timedelta
    is_last: bool


def attempt(waits: tuple[LockWait, ...], number: int, *, cap: timedelta, jitter: float) -> Attempt:
    """The attempt with this number.

    Args:
        waits: The table.
        number: Attempts made so far, from 0, below `len(waits)`.
        cap: The patch's `lock-timeout`.
        jitter: A random number in [0, 1): sleeps are spread over 50 to 100 % of the table's value.
    """
    wait = waits[number]
    return Attempt(
        lock_timeout=min(wait.lock_timeout, cap),
        then_sleep=wait.then_sleep * (0.5 + 0.5 * jitter),
        is_last=number + 1 >= len(waits),
    )
