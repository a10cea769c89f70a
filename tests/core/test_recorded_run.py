from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from rdspatch.core.audit import AuditEvent
from rdspatch.core.recorded_run import LONGEST_RUN, runs_of
from tests.recorded_runs import ENDED, LONG_AGO, Records, applied, asked, failed, run_of, usual_run

LATER = LONG_AGO + timedelta(days=8)


def test_records_are_told_apart_into_runs_with_the_newest_first() -> None:
    late = usual_run("b", started=LATER)
    early = usual_run("a")
    other = usual_run("c", target="other")
    runs = runs_of([*early, *reversed(late), *other])
    assert [(run.target, run.id, len(run.records)) for run in runs] == [
        ("test", "b", 7),
        ("test", "a", 7),
        ("other", "c", 7),
    ]
    assert runs[0].records == late


def test_a_run_tells_what_was_asked_for_and_how_it_ended() -> None:
    entries = (asked(mode="apply", reason="release 7"), applied("0001_a"), failed("0002_b", "PatchFailed: no"))
    (run,) = runs_of(Records(run_of("a")).whole(*entries, ended={**ENDED, "result": "failed"}))
    assert (run.mode, run.reason, run.execution) == ("apply", "release 7", "arn:a")
    assert run.applied == ("0001_a",)
    assert run.failure is not None
    assert run.failure.patch_id == "0002_b"
    assert run.result(LATER) == "failed"


def test_a_patch_is_not_known_until_a_later_record_says_what_became_of_it() -> None:
    doubt = dataclasses.replace(applied("0002_b"), event=AuditEvent.PATCH_UNKNOWN)
    (run,) = runs_of(Records(run_of("a")).whole(applied("0001_a"), doubt))
    assert (run.applied, run.unknown) == (("0001_a",), ("0002_b",))
    (run,) = runs_of(Records(run_of("a")).whole(applied("0001_a"), doubt, applied("0002_b")))
    assert (run.applied, run.unknown) == (("0001_a", "0002_b"), ())


@pytest.mark.parametrize(
    ("age", "result"), [(LONGEST_RUN, "running"), (LONGEST_RUN + timedelta(seconds=1), "no end recorded")]
)
def test_a_run_without_an_end_is_running_for_as_long_as_a_run_may(age: timedelta, result: str) -> None:
    (run,) = runs_of(Records(run_of("a")).whole(asked()))
    assert run.result(LONG_AGO + age) == result


@pytest.mark.parametrize("sort", ["", "x", "RUN#a#b", "RUN#a#b#c", "NUR#2026#b#000001"])
def test_a_record_with_a_foreign_key_is_a_run_of_its_own(sort: str) -> None:
    first = dataclasses.replace(usual_run("a")[0], sort=sort)
    (run,) = runs_of([first])
    assert (run.id, run.started_at, run.records) == (sort, "", (first,))


@pytest.mark.parametrize("body", ["", "{", "[]", "7"])
def test_a_body_that_is_no_object_says_nothing(body: str) -> None:
    records = usual_run("a")
    (run,) = runs_of([*records[:-1], dataclasses.replace(records[-1], body=body)])
    assert run.outcome == {}
    assert run.result(LATER) == "no end recorded"
