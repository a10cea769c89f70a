"""Two runs of the benchmarks: whether their ratios agree is said on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.measure import Row, Series, ratio
from bench.report import write
from bench.results import keep, last_run

if TYPE_CHECKING:
    from pathlib import Path


def row(ours: tuple[float, ...]) -> Row:
    series = (Series(who="psql", values=(1.0, 1.0)), Series(who="rdspatch", values=ours))
    return Row(id="apply", title="Apply", how="In turns.", series=series, ratios=(ratio(series, "rdspatch", "psql"),))


def page(directory: Path, ours: tuple[float, ...], before: tuple[float, ...] | None) -> str:
    kept = directory / "ratios.json"
    if before:
        keep([row(before)], kept, date="2026-01-01")
    write([row(ours)], {"date": "2026-01-02"}, directory / "page.md", repetitions=2, earlier=last_run(kept))
    return (directory / "page.md").read_text()


def test_spreads_that_meet_agree(tmp_path: Path) -> None:
    text = page(tmp_path, (1.2, 1.6), before=(1.5, 1.9))
    assert "Every ratio's spread meets the one that it had there." in text
    assert "| rdspatch / psql | 1.40 | 1.20 to 1.60 | 1.50 to 1.90 |" in text


@pytest.mark.parametrize("ours", [(1.0, 1.4), (2.0, 2.4)])
def test_spreads_that_do_not_meet_are_named(tmp_path: Path, ours: tuple[float, ...]) -> None:
    text = page(tmp_path, ours, before=(1.5, 1.9))
    assert f"- apply: rdspatch / psql: {ours[0]:.2f} to {ours[1]:.2f}, before 1.50 to 1.90" in text
    assert "meets the one" not in text


def test_a_first_run_speaks_of_no_other(tmp_path: Path) -> None:
    text = page(tmp_path, (1.2, 1.6), before=None)
    assert "## The run before" not in text
    assert "| rdspatch / psql | 1.40 | 1.20 to 1.60 |  |" in text
