"""Plots as SVG, drawn by hand: bars for contestants, lines for growth. Readable on light and dark pages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measure import Line, Series

WIDTH, LABEL, BAR, GAP, TOP = 720, 250, 18, 8, 12
INK, OURS, THEIRS = "#768390", "#2f81f7", "#a371f7"
COLOURS = (OURS, THEIRS, "#d29922", "#3fb950")
PLOT_HEIGHT, MARGIN = 300, 56


def bars(series: Sequence[Series]) -> str:
    """A bar for each median, with a whisker from the lowest to the highest value; linear, from zero."""
    room = WIDTH - LABEL - 90
    most = max(one.high for one in series) or 1
    parts = []
    for number, one in enumerate(series):
        y = TOP + number * (BAR + GAP)
        middle = y + BAR / 2
        length, low, high = (room * value / most for value in (one.median, one.low, one.high))
        colour = OURS if _is_ours(one.who) else THEIRS
        parts += [
            _text(LABEL - 8, middle + 4, one.who, anchor="end"),
            f'<rect x="{LABEL}" y="{y}" width="{max(length, 1):.1f}" height="{BAR}" fill="{colour}" rx="2"/>',
            f'<path d="M{LABEL + low:.1f} {middle}H{LABEL + high:.1f}" stroke="{INK}" stroke-width="1.5"/>',
            _text(LABEL + max(length, high) + 6, middle + 4, f"{one.median:.3g} {one.unit}".strip()),
        ]
    return _picture(TOP * 2 + len(series) * (BAR + GAP), parts)


def lines(found: Sequence[Line], unit: str = "s") -> str:
    """A line for each contestant; both axes are logarithmic, so that growth in proportion has a slope of one."""
    points = [point for line in found for point in line.points]
    across, up = _Axis([x for x, _ in points]), _Axis([y for _, y in points])
    right, bottom = WIDTH - 190, PLOT_HEIGHT - MARGIN

    def place(x: float, y: float) -> tuple[float, float]:
        return MARGIN + across.share(x) * (right - MARGIN), bottom - up.share(y) * (bottom - TOP)

    parts = [f'<path d="M{MARGIN} {TOP}V{bottom}H{right}" fill="none" stroke="{INK}"/>']
    parts += [
        _text(place(x, up.low)[0], bottom + 18, f"{x:,.0f}", anchor="middle") for x in sorted({x for x, _ in points})
    ]
    parts += [_text(MARGIN - 6, place(across.low, y)[1] + 4, f"{y:g}", anchor="end") for y in up.decades()]
    parts.append(_text(MARGIN - 6, bottom + 18, unit, anchor="end"))
    for line, colour in zip(found, COLOURS, strict=False):
        placed = [place(x, y) for x, y in line.points]
        way = "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
        parts.append(f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        last, value = placed[-1], line.points[-1][1]
        parts.append(_text(last[0] + 8, last[1] + 4, f"{line.who}: {value:.3g} {unit}"))
    return _picture(PLOT_HEIGHT, parts)


class _Axis:
    """A logarithmic axis around some values."""

    def __init__(self, values: Sequence[float]) -> None:
        self.low, self._high = min(values), max(values)

    def share(self, value: float) -> float:
        if self._high == self.low:
            return 0.5
        return math.log(value / self.low) / math.log(self._high / self.low)

    def decades(self) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self._high))
        return [10.0**power for power in range(first, last + 1) if self.low <= 10.0**power <= self._high]


def _is_ours(who: str) -> bool:
    return who.startswith(("rdspatch", "handler", "asset", "one new patch"))


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _picture(height: float, parts: Sequence[str]) -> str:
    style = f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" {style}>'
    return "\n".join((head, *parts, "</svg>\n"))
