"""Keeps the ratios of the last run, so that the next one can say whether it agrees."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.measure import Row


def disagreements(rows: Sequence[Row], before: Path) -> Iterator[str]:
    """Ratios whose spread does not meet the spread that they had in the run before."""
    known = json.loads(before.read_text()) if before.exists() else {}
    for name, (low, high) in _spreads(rows).items():
        if name in known and (low > known[name][1] or high < known[name][0]):
            yield f"{name}: {low:.2f} to {high:.2f}, before {known[name][0]:.2f} to {known[name][1]:.2f}"


def keep(rows: Sequence[Row], file: Path) -> None:
    file.write_text(json.dumps(_spreads(rows), indent=1))


def _spreads(rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    return {f"{row.id}: {it.of} / {it.to}": (it.low, it.high) for row in rows for it in row.ratios}
