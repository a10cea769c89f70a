"""The tables that no row could be generated for: what is said of them, and what is not held against a patch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.authoring.proof.mention import mentions
from rdspatch.core.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_REASONS = 8


@dataclass(frozen=True, slots=True)
class EmptyTable:
    """A table that has no row."""

    name: str
    """Qualified."""
    reason: str


def note_on(tables: Iterable[EmptyTable]) -> tuple[str, ...]:
    """One line about all of them, where there are any."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for table in tables:
        by_reason[table.reason].append(table.name)
    if not by_reason:
        return ()
    said = [f"{', '.join(names)} ({reason})" for reason, names in by_reason.items()]
    more = [f"{len(said) - _MOST_REASONS} more reasons"] if len(said) > _MOST_REASONS else []
    count = counted(sum(map(len, by_reason.values())), "table", "tables")
    return (f"no rows could be generated for {count}: {'; '.join([*said[:_MOST_REASONS], *more])}",)


def named_in(tables: Iterable[EmptyTable], text: str) -> tuple[EmptyTable, ...]:
    """Those whose names stand in the text of a patch."""
    return tuple(table for table in tables if mentions(text, table.name.rpartition(".")[2]))
