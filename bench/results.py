"""Keeps the ratios of the last run, so that the next one can say whether it agrees."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.measure import Ratio, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What is known of the run before this one."""

    date: str
    spreads: Mapping[str, tuple[float, float]]
    """The lowest and the highest value of each ratio, by its name."""

    def spread(self, row: Row, it: Ratio) -> tuple[float, float] | None:
        """The spread that this ratio had then; None when it was not measured."""
        return self.spreads.get(_name(row, it))

    def disagreements(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """Ratios whose spread does not meet the spread that they had then."""
        both = ((_name(row, it), it, self.spread(row, it)) for row in rows for it in row.ratios)
        return tuple(
            f"{name}: {it.low:.2f} to {it.high:.2f}, before {then[0]:.2f} to {then[1]:.2f}"
            for name, it, then in both
            if then and (it.low > then[1] or it.high < then[0])
        )


def last_run(file: Path) -> Earlier | None:
    """What `keep` wrote; None before the first run."""
    if not file.exists():
        return None
    known = json.loads(file.read_text())
    return Earlier(date=known["date"], spreads={name: (low, high) for name, (low, high) in known["spreads"].items()})


def keep(rows: Sequence[Row], file: Path, *, date: str) -> None:
    spreads = {_name(row, it): (it.low, it.high) for row in rows for it in row.ratios}
    file.write_text(json.dumps({"date": date, "spreads": spreads}, indent=1))


def _name(row: Row, it: Ratio) -> str:
    return f"{row.id}: {it.of} / {it.to}"
