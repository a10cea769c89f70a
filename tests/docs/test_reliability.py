"""docs/reliability.md is what the last `make faults` found, for every experiment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults.catalogue import EXPERIMENTS

FEWEST_TRIALS = 1_200
REPORT = Path(__file__).parents[2] / "docs" / "reliability.md"
pytestmark = pytest.mark.skipif(not REPORT.is_file(), reason="`make faults` has not yet written docs/reliability.md")
ROW = re.compile(r"\| (?P<id>[A-Z]\d\d) \| .* \| .* \| (?P<trials>\d+) \| (?P<outcome>.*) \|")


@pytest.fixture(scope="module")
def rows() -> dict[str, re.Match[str]]:
    return {row["id"]: row for row in map(ROW.fullmatch, REPORT.read_text("utf-8").splitlines()) if row}


def test_every_experiment_has_a_row_and_no_other(rows: dict[str, re.Match[str]]) -> None:
    assert list(rows) == list(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_came_out_as_expected_or_says_why_it_was_left_out(
    rows: dict[str, re.Match[str]], name: str
) -> None:
    outcome = rows[name]["outcome"]
    assert "not run" not in outcome
    assert "not as expected" not in outcome
    assert int(rows[name]["trials"]) > 0 or "left out: " in outcome


def test_there_are_enough_trials(rows: dict[str, re.Match[str]]) -> None:
    assert sum(int(row["trials"]) for row in rows.values()) >= FEWEST_TRIALS
