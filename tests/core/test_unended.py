"""A run without an end is named as what it is, whatever its age."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest

from rdspatch.core.recorded_run import LONGEST_RUN, RecordedRun, runs_of
from rdspatch.core.unended import LAST_RECORD_FOLLOWS, Execution, NotAsked, unended
from tests.recorded_runs import LONG_AGO, usual_run

LATER = LONG_AGO + timedelta(days=8)
SOON = LONG_AGO + timedelta(minutes=1)
NOBODY = NotAsked(why="nobody to ask")


def cut(kept: int = 4) -> RecordedRun:
    (run,) = runs_of(usual_run("a")[:kept])
    return run


@pytest.mark.parametrize("kept", range(1, 7))
def test_a_run_that_was_cut_off_is_missing_its_end(kept: int) -> None:
    found = unended(cut(kept), NOBODY, now=LATER)
    assert found.sort == "RUN#2026-01-01T12:30:00.000Z#a#999999"
    assert (found.is_cut, found.what) == (True, "is missing: the run is over, and no record says how it ended")


@pytest.mark.parametrize("now", [SOON, LONG_AGO + LONGEST_RUN])
def test_a_run_that_nobody_can_ask_about_is_at_work_or_was_cut(now: datetime) -> None:
    found = unended(cut(), NOBODY, now=now)
    assert (found.is_cut, found.what) == (
        False,
        "there is no end yet: the run is at work, or was cut (nobody to ask)",
    )


@pytest.mark.parametrize("now", [SOON, LATER])
@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
def test_a_run_that_is_at_work_is_not_cut_whatever_its_age(now: datetime, status: str) -> None:
    found = unended(cut(), Execution(status=status), now=now)
    assert (found.is_cut, found.what) == (False, f"there is no end yet: the execution is {status}")


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED", "SUCCEEDED"])
def test_the_last_record_of_an_execution_that_ended_may_take_minutes(status: str) -> None:
    said = Execution(status=status, stopped_at=SOON)
    due = unended(cut(), said, now=SOON + LAST_RECORD_FOLLOWS - timedelta(seconds=1))
    missing = unended(cut(), said, now=SOON + LAST_RECORD_FOLLOWS)
    assert (due.is_cut, missing.is_cut) == (False, True)
    assert all(f"the execution ended at 2026-01-01 12:31:00 UTC as {status}" in it.what for it in (due, missing))


def test_an_execution_that_is_not_known_any_more_is_over() -> None:
    found = unended(cut(), Execution(status="NONE"), now=SOON)
    assert found.is_cut
    assert "knows of no such execution" in found.what


def test_a_run_whose_time_cannot_be_read_needs_an_end() -> None:
    records = [dataclasses.replace(one, sort=one.sort.replace("2026", "never")) for one in usual_run("a")[:2]]
    (run,) = runs_of(records)
    assert unended(run, NOBODY, now=LATER).is_cut
