"""Whether two clocks agree."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.core.doctor.finding import ok, problem, warning

if TYPE_CHECKING:
    from rdspatch.core.doctor.finding import Finding

NOTICEABLE = timedelta(seconds=5)
LIMIT_OF_SIGNATURES = timedelta(minutes=5)


def judge_clock(check: str, ahead: timedelta, *, whose: str, round_trip: timedelta) -> Finding:
    """Whether two clocks agree, as far as a round trip lets one tell.

    Args:
        check: The check's name.
        ahead: How far the other clock is ahead of ours.
        whose: The other clock, for people.
        round_trip: How long the question took; half of it is uncertain.
    """
    sure = max(abs(ahead) - round_trip / 2, timedelta())
    direction = "ahead of" if ahead > timedelta() else "behind"
    what = f"{whose} is {sure.total_seconds():.0f} s {direction} ours"
    if sure >= LIMIT_OF_SIGNATURES:
        return problem(check, what, "put it right: AWS refuses signatures and tokens that are five minutes off")
    if sure >= NOTICEABLE:
        return warning(check, what, "put it right: times in ledger, audit and logs do not match")
    return ok(check, f"{whose} agrees with ours")
