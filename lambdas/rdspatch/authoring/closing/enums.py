"""Values of enums that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.authoring.ddl.names import qualified

if TYPE_CHECKING:
    from collections.abc import Sequence


def add_values(path: Sequence[str], found: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...] | None:
    """The statements that put the missing values in their places.

    Args:
        path: The name of the enum.
        found: Its values, in order.
        wanted: The values that it must have, in this order; others may stand between them.

    Returns:
        None when the values that are there have another order, which nothing can change.
    """
    there = [label for label in wanted if label in found]
    if there != [label for label in found if label in wanted]:
        return None
    labels = list(found)
    statements = []
    for place, label in enumerate(wanted):
        if label in labels:
            continue
        before = wanted[place - 1] if place else None
        index = 0 if before is None else labels.index(before) + 1
        where = ""
        if index < len(labels):
            where = f" BEFORE {literal(labels[index])}"
        statements.append(f"ALTER TYPE {qualified(path)} ADD VALUE IF NOT EXISTS {literal(label)}{where}")
        labels.insert(index, label)
    return tuple(statements)
