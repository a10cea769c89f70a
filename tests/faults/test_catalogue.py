"""Each experiment has trials, and CI does not leave out those that matter most."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.catalogue import EXPERIMENTS, NEEDED_IN_CI
from tests.faults.plugin import IN_CI

if TYPE_CHECKING:
    from collections import Counter

EVERYTHING = Path(__file__).parents[1]


@pytest.fixture
def in_ci(pytestconfig: pytest.Config) -> Counter[str]:
    asked_for = {(pytestconfig.rootpath / name).resolve() for name in pytestconfig.args}
    if asked_for != {EVERYTHING}:
        pytest.skip("only the whole suite knows the trials of every experiment")
    return pytestconfig.stash[IN_CI]


def test_every_experiment_has_trials(in_ci: Counter[str]) -> None:
    assert set(in_ci) == set(EXPERIMENTS)


def test_ci_runs_trials_of_the_experiments_that_every_change_has_to_pass(in_ci: Counter[str]) -> None:
    assert [name for name in NEEDED_IN_CI if not in_ci[name]] == []


def test_the_experiments_that_ci_needs_are_in_the_catalogue() -> None:
    assert set(NEEDED_IN_CI) <= set(EXPERIMENTS)
