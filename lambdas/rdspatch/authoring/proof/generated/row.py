"""The columns of one row and what may stand in them, and the search for a row that the table takes."""

from __future__ import annotations

import enum
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.sqlstate import (
    CHECK_VIOLATION,
    EXCLUSION_VIOLATION,
    NOT_NULL_VIOLATION,
    UNIQUE_VIOLATION,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rdspatch.authoring.proof.connection import Refused
    from rdspatch.authoring.proof.generated.tables import Table, Type

_MOST_TRIES = 400
"""For one row."""
_MOST_COMBINATIONS = 4_000
DEFAULT, NULL = "DEFAULT", "NULL"


class Way(enum.Enum):
    """What is tried first in every column."""

    DISTINCT = "large and distinct"
    SMALL = "small"
    MINIMAL = "null where that is allowed"
    LEAVE_DEFAULTS = "whatever the table itself gives"


@dataclass(frozen=True, slots=True)
class Choice:
    """Columns that are chosen together, and what may stand in them, the likeliest first."""

    columns: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]

    def preferring(self, way: Way) -> Choice:
        """The same options in another order."""
        if way is Way.SMALL and len(self.columns) == 1:
            return Choice(self.columns, (*self.options[1:], *self.options[:1]))
        wanted = {Way.MINIMAL: NULL, Way.LEAVE_DEFAULTS: DEFAULT}.get(way)
        return Choice(self.columns, tuple(sorted(self.options, key=lambda option: wanted not in option)))


Row = dict[str, str]
"""Expressions by column."""


def row_of(choices: Sequence[Choice], picks: Sequence[int]) -> Row:
    """The row that picks make."""
    pairs = [(choice.columns, choice.options[pick]) for choice, pick in zip(choices, picks, strict=True)]
    return {column: value for columns, values in pairs for column, value in zip(columns, values, strict=True)}


def search(table: Table, choices: Sequence[Choice], attempt: Callable[[Row], Refused | None]) -> Refused | None:
    """Try rows until the table takes one: what a refusal blames is chosen anew, the rest stays.

    Returns:
        The refusal that nothing helped against.
    """
    picks = [0] * len(choices)
    refused = attempt(row_of(choices, picks))
    met: dict[str, frozenset[int]] = {}
    tries = 1
    while refused is not None:
        reason = _reason(refused)
        places = _blamed(table, choices, refused)
        if not places or reason in met:
            return refused
        met[reason] = places
        blamed = _reached(places, met.values())
        for combination in _combinations(choices, sorted(blamed)):
            for place, pick in combination.items():
                picks[place] = pick
            tries += 1
            refused = attempt(row_of(choices, picks))
            if refused is None:
                return None
            if tries > _MOST_TRIES:
                return refused
            if _reason(refused) not in met:
                break
    return None


def _reached(places: frozenset[int], others: Iterable[frozenset[int]]) -> frozenset[int]:
    """With the places of every other rule that shares one, so that what was mended stays so."""
    before = None
    rest = list(others)
    while places != before:
        before = places
        places = places.union(*(other for other in rest if other & places))
    return places


def _combinations(choices: Sequence[Choice], places: Sequence[int]) -> Iterator[Mapping[int, int]]:
    """The likeliest first: those that go the least far down in the options."""
    longest = max(2, int(_MOST_COMBINATIONS ** (1 / len(places))))
    ranges = [range(min(len(choices[place].options), longest)) for place in places]
    for picks in sorted(itertools.islice(itertools.product(*ranges), _MOST_COMBINATIONS), key=sum):
        yield dict(zip(places, picks, strict=True))


def _reason(refused: Refused) -> str:
    return f"{refused.sqlstate} {refused.names.get('n', '')} {refused.names.get('c', '')}"


def _blamed(table: Table, choices: Sequence[Choice], refused: Refused) -> frozenset[int]:
    columns = blamed_columns(table, refused)
    return frozenset(place for place, choice in enumerate(choices) if columns & set(choice.columns))


def blamed_columns(table: Table, refused: Refused) -> set[str]:
    """The columns that would have to be chosen otherwise; none where the refusal does not say."""
    names = refused.names
    if refused.sqlstate == CHECK_VIOLATION and "d" in names:
        return {column.name for column in table.columns if _is_made_of(column.type, names["d"])}
    if (names.get("s"), names.get("t")) != (table.schema, table.name):
        return set()
    if refused.sqlstate == NOT_NULL_VIOLATION:
        return {names.get("c", "")}
    rules = table.keys
    if refused.sqlstate == CHECK_VIOLATION:
        rules = table.expressions
    elif refused.sqlstate not in (UNIQUE_VIOLATION, EXCLUSION_VIOLATION):
        return set()
    return {column for rule in rules if rule.name == names.get("n", "") for column in rule.columns}


def _is_made_of(kind: Type, domain: str) -> bool:
    if kind.kind == "d" and kind.catalog_name == domain:
        return True
    parts = (*kind.attributes, *((kind.inner,) if kind.inner else ()))
    return any(_is_made_of(part, domain) for part in parts)
