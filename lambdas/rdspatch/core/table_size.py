"""How large a table is, as the server estimates it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """A table with its indexes."""

    bytes: int
    rows: int | None
    """The planner's estimate; None when the table was never analysed."""

    def __str__(self) -> str:
        size, unit = float(self.bytes), 0
        while size >= _STEP and unit < len(_UNITS) - 1:
            size, unit = size / _STEP, unit + 1
        rows = "an unknown number of rows" if self.rows is None else f"about {self.rows:,} rows"
        return f"{size:.0f} {_UNITS[unit]}, {rows}"

    def to_json(self) -> dict[str, Any]:
        return {"bytes": self.bytes, "rows": self.rows}
