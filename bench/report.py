"""Writes `docs/performance.md` and its plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.svg import bars, lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.measure import Goal, Ratio, Row, Series
    from bench.results import Earlier

INTRODUCTION = """# Performance

`make bench` writes this page and its plots: every tool on the same server and the same SQL, in one run.
Contestants take turns, so that a slow minute of the machine hits them all.
A value is the median of its repetitions, beside it the lowest and the highest.
A ratio is formed repetition by repetition.
"""
PLOTS = "performance"
_YES_NO = {True: "yes", False: "**no**"}
_THREE_DIGITS, _TWO_DIGITS = 100, 10


def write(
    rows: Sequence[Row], machine: Mapping[str, str], page: Path, *, repetitions: int, earlier: Earlier | None
) -> None:
    """Write the page, and a plot for each row into a directory beside it."""
    plots = page.parent / PLOTS
    plots.mkdir(parents=True, exist_ok=True)
    parts = [INTRODUCTION, _machine(machine, repetitions), _goals(rows)]
    parts += [_agreement(rows, earlier)] if earlier else []
    for row in rows:
        picture = lines(row.lines) if row.lines else bars(row.series)
        (plots / f"{row.id}.svg").write_text(picture)
        parts.append(_section(row, earlier))
    page.write_text("\n".join(parts))


def _machine(machine: Mapping[str, str], repetitions: int) -> str:
    facts = [*machine.items(), ("repetitions", str(repetitions))]
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in facts)


def _goals(rows: Sequence[Row]) -> str:
    lines_ = [
        f"| [{row.title}](#{_anchor(row.title)}) | {goal.wanted} | {goal.found} | {_YES_NO[goal.holds]} |\n"
        for row in rows
        for goal in row.goals
    ]
    return "## Goals\n\n| measurement | wanted | found | holds |\n|---|---|---|---|\n" + "".join(lines_)


def _agreement(rows: Sequence[Row], earlier: Earlier) -> str:
    found = earlier.disagreements(rows)
    text = f"## The run before\n\nThe tables of ratios show beside each spread the one of the run of {earlier.date}.\n"
    if not found:
        return f"{text}Every ratio's spread meets the one that it had there.\n"
    return f"{text}These do not meet:\n\n" + "".join(f"- {line}\n" for line in found)


def _section(row: Row, earlier: Earlier | None) -> str:
    tables = [_table(row)]
    tables += [_ratios(row, earlier)] if row.ratios else []
    tables += [_explained(goal) for goal in row.goals if not goal.holds and goal.why_not]
    picture = f"![{row.title}]({PLOTS}/{row.id}.svg)\n"
    return "\n".join((f"## {row.title}\n", f"{row.how}\n".replace(". ", ".\n"), picture, *tables))


def _table(row: Row) -> str:
    has_notes = any(one.note for one in row.series)
    head = "| | median | lowest to highest |" + (" version and settings |\n" if has_notes else "\n")
    rule = "|---|---|---|" + ("---|\n" if has_notes else "\n")
    return head + rule + "".join(_line(one, has_notes=has_notes) for one in row.series)


def _line(one: Series, *, has_notes: bool) -> str:
    low, middle, high = (shown(value, one.unit) for value in (one.low, one.median, one.high))
    spread = f"{low} to {high}" if len(one.values) > 1 else "once"
    return f"| {one.who} | {middle} | {spread} |" + (f" {one.note} |\n" if has_notes else "\n")


def _ratios(row: Row, earlier: Earlier | None) -> str:
    head = "| ratio | median | lowest to highest | the run before |\n|---|---|---|---|\n"
    return head + "".join(
        f"| {it.of} / {it.to} | {it.median:.2f} | {it.low:.2f} to {it.high:.2f} | {_then(row, it, earlier)} |\n"
        for it in row.ratios
    )


def _then(row: Row, it: Ratio, earlier: Earlier | None) -> str:
    spread = earlier.spread(row, it) if earlier else None
    return f"{spread[0]:.2f} to {spread[1]:.2f}" if spread else ""


def _explained(goal: Goal) -> str:
    return f"Why “{goal.wanted}” does not hold: {goal.why_not}\n"


def shown(value: float, unit: str) -> str:
    """A value with as many digits as mean something."""
    if unit == "s" and value < 1:
        value, unit = value * 1000, "ms"
    digits = 0 if value >= _THREE_DIGITS or not unit else 1 if value >= _TWO_DIGITS else 2
    return f"{value:,.{digits}f} {unit}".strip()


def _anchor(title: str) -> str:
    """The heading's name in a link, as GitHub makes it."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")
