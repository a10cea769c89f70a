"""What a measurement is: values of contestants that took turns, so that a slow minute of the machine hits them all."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The values of one contestant, in the order of the repetitions."""

    who: str
    values: tuple[float, ...]
    unit: str = "s"
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times as much one contestant takes as another, repetition by repetition."""

    of: str
    to: str
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What was wanted, what was found, and whether that is enough."""

    wanted: str
    found: str
    holds: bool
    why_not: str = ""
    """For a goal that does not hold: the reason, and what was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One subject: how it was measured, the values, and the goals."""

    id: str
    title: str
    how: str
    series: tuple[Series, ...]
    ratios: tuple[Ratio, ...] = ()
    goals: tuple[Goal, ...] = ()
    lines: tuple[Line, ...] = ()
    """For a plot of growth; without them the plot shows the series as bars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Medians over a size."""

    who: str
    points: tuple[tuple[float, float], ...]


def take_turns(
    contestants: Mapping[str, Callable[[], float]],
    *,
    repetitions: int,
    unit: str = "s",
    notes: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Series, ...]:
    """Let each contestant measure itself once a repetition; another one begins each time."""
    names = list(contestants)
    values: dict[str, list[float]] = {name: [] for name in names}
    for repetition in range(repetitions):
        first = repetition % len(names)
        for name in names[first:] + names[:first]:
            value = contestants[name]()
            values[name].append(value)
            tell(f"{repetition + 1}/{repetitions} {name}: {value:.4g} {unit}")
    return tuple(
        Series(who=name, values=tuple(values[name]), unit=unit, note=(notes or {}).get(name, "")) for name in names
    )


def ratio(series: Sequence[Series], of: str, to: str) -> Ratio:
    """The ratio of two of these, from values of the same repetition."""
    by_name = {one.who: one for one in series}
    each = [a / b for a, b in zip(by_name[of].values, by_name[to].values, strict=True)]
    return Ratio(of=of, to=to, median=statistics.median(each), low=min(each), high=max(each))
