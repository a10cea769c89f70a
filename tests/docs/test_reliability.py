"""docs/reliability.md is what the last `make faults` found, for every experiment."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from tests.faults.catalogue import EXPERIMENTS

FEWEST_TRIALS = 1_200
REPORT = Path(__file__).parents[2] / "docs" / "reliability.md"
RUN = re.compile(
    r"^Run of (?P<date>[\d-]+), .+: \*\*(?P<trials>[\d,]+) trials, (?P<failed>\d+) not as expected\*\*", re.MULTILINE
)
COLUMNS = "| | what is done | what is expected | trials | what was seen |"
ROW = re.compile(
    r"\| (?P<id>[A-Z]\d\d) \| (?P<injected>.*?) \| (?P<expected>.*?) \| (?P<trials>\d+) \| (?P<outcome>.*) \|"
)


@pytest.fixture(scope="module")
def text() -> str:
    return REPORT.read_text("utf-8")


@pytest.fixture(scope="module")
def rows(text: str) -> dict[str, re.Match[str]]:
    lines = text.partition(COLUMNS)[2].splitlines()
    return {row["id"]: row for row in map(ROW.fullmatch, lines) if row}


def test_every_experiment_has_a_row_and_no_other(rows: dict[str, re.Match[str]]) -> None:
    found = {name: (row["injected"], row["expected"]) for name, row in rows.items()}
    assert found == {name: (row.injected, row.expected) for name, row in EXPERIMENTS.items()}
    assert list(found) == list(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_came_out_as_expected_or_says_why_it_was_left_out(
    rows: dict[str, re.Match[str]], name: str
) -> None:
    outcome = rows[name]["outcome"]
    assert "not run" not in outcome
    assert "not as expected" not in outcome
    assert int(rows[name]["trials"]) > 0 or "left out: " in outcome


def test_it_is_dated_and_counts_enough_trials_and_none_that_failed(text: str, rows: dict[str, re.Match[str]]) -> None:
    run = RUN.search(text)
    assert run is not None
    assert date.fromisoformat(run["date"])
    trials = sum(int(row["trials"]) for row in rows.values())
    assert (int(run["trials"].replace(",", "")), int(run["failed"])) == (trials, 0)
    assert trials >= FEWEST_TRIALS
