"""How long texts and trees are made up: a fixed number of examples, or as many as a time allows.

`make fuzz SECONDS=900` gives every target its share of the seconds; without, each run is the same.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

from hypothesis import HealthCheck, given, seed, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

SECONDS: Final = "FUZZ_SECONDS"
EXAMPLES: Final = 2_000
_TARGETS: Final = 7
_ROUND: Final = 200


def fuzz(strategy: SearchStrategy[Any], check: Callable[[Any], None], *, examples: int = EXAMPLES) -> int:
    """Hand examples to a check; how many there were."""
    seconds = os.environ.get(SECONDS)
    if not seconds:
        _round(strategy, check, examples=examples, number=None)
        return examples
    ends, rounds = time.monotonic() + int(seconds) / _TARGETS, 0
    while time.monotonic() < ends:
        rounds += 1
        _round(strategy, check, examples=_ROUND, number=time.time_ns())
    return rounds * _ROUND


def _round(strategy: SearchStrategy[Any], check: Callable[[Any], None], *, examples: int, number: int | None) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=number is None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(strategy)
    def checked(example: Any) -> None:
        check(example)

    (checked if number is None else seed(number)(checked))()
