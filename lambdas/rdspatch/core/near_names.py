"""Which known name somebody meant who wrote another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORT_NAME = 7
"""A name of at most so many characters is near only by a single mistake."""


def nearest_name(written: str, known: Iterable[str]) -> str | None:
    """The known name that is one mistake away, or two where it is long; None when there is none.

    A mistake is a character that is missing, too many, another one, or exchanged with its neighbour.
    """
    distances = {name: distance(written, name) for name in known}
    near = [name for name, mistakes in distances.items() if mistakes <= (1 if len(name) <= _SHORT_NAME else 2)]
    return min(near, key=lambda name: (distances[name], name), default=None)


def distance(one: str, other: str) -> int:
    """The least number of mistakes that lead from one text to the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, character in enumerate(one, start=1):
        before, last, row = row, before, [place]
        for column, wanted in enumerate(other, start=1):
            least = min(before[column] + 1, row[column - 1] + 1, before[column - 1] + (character != wanted))
            if place > 1 and column > 1 and (character, one[place - 2]) == (other[column - 2], wanted):
                least = min(least, last[column - 2] + 1)
            row.append(least)
    return row[-1]
