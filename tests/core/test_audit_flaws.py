from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.audit import ChainHead, chain
from rdspatch.core.audit_flaws import flaws_of, unrecorded_patches
from rdspatch.core.ledger import Ledger
from rdspatch.core.recorded_run import LONGEST_RUN, runs_of
from tests.recorded_runs import ENDED, LONG_AGO, Records, applied, asked, run_of, usual_run, verified
from tests.samples import locked, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.audit import AuditRecord

LATER = LONG_AGO + timedelta(days=8)
PREFIX = "RUN#2026-01-01T12:30:00.000Z#a#"


def found(records: Sequence[AuditRecord]) -> list[tuple[str, str]]:
    (run,) = runs_of(records)
    return [(flaw.sort.removeprefix(PREFIX), flaw.what) for flaw in flaws_of(run, now=LATER)]


def test_what_was_written_has_no_flaw() -> None:
    assert found(usual_run("a")) == []


def test_a_run_that_could_not_record_its_start_has_no_flaw() -> None:
    assert found([Records(run_of("a")).only_the_end()]) == []


def test_a_deleted_record_is_named_after_the_link_that_it_breaks() -> None:
    records = usual_run("a")
    assert found([*records[:2], *records[3:]]) == [
        ("000003", "does not follow the record before it"),
        ("000002", "is missing"),
    ]


def with_snapshot() -> tuple[AuditRecord, ...]:
    """A run whose workflow recorded a snapshot at number 100000, after which the functions went on."""
    before = Records(run_of("a")).whole(asked())
    (snapshot,) = chain([verified()], run=run_of("a"), target="test", head=ChainHead(99_999, before[-1].hash))
    head = ChainHead(snapshot.seq, snapshot.hash)
    after = chain([applied("0001_a"), verified()], run=run_of("a"), target="test", head=head)
    return *before, snapshot, *after


def test_numbers_that_were_never_given_are_not_missing() -> None:
    (run,) = runs_of(with_snapshot())
    assert flaws_of(run, now=LONG_AGO) == ()


@pytest.mark.parametrize("number", [0, 2, 3])
def test_a_record_missing_from_any_block_of_numbers_is_named(number: int) -> None:
    records = list(with_snapshot())
    missing = records.pop(number)
    assert (missing.sort.removeprefix(PREFIX), "is missing") in found(records)


def test_the_last_of_a_block_is_missed_by_the_record_after_it() -> None:
    first, _, snapshot, *after = with_snapshot()
    assert found([first, snapshot, *after])[0] == ("100000", "does not follow the record before it")


def test_a_deleted_start_is_named() -> None:
    assert found(usual_run("a")[1:]) == [
        ("000001", "does not follow the record before it"),
        ("000000", "is missing"),
    ]


def test_a_chain_that_was_made_anew_without_its_start_is_still_missing_it() -> None:
    """The hashes hold; the numbers tell."""
    whole = Records(run_of("a")).whole(asked(), applied("0001_a"))
    forged = dataclasses.replace(whole[1], previous_hash="")
    assert ("000000", "is missing") in found([forged, *whole[2:]])


@pytest.mark.parametrize("kept", range(1, 7))
def test_a_run_that_was_cut_off_is_missing_its_end(kept: int) -> None:
    assert found(usual_run("a")[:kept]) == [("999999", "is missing: the run is over, and no record says how it ended")]


def test_a_run_that_may_still_be_going_on_needs_no_end() -> None:
    (run,) = runs_of(usual_run("a")[:4])
    assert flaws_of(run, now=LONG_AGO + LONGEST_RUN) == ()


def test_a_run_whose_time_cannot_be_read_needs_an_end() -> None:
    records = [dataclasses.replace(one, sort=one.sort.replace("2026", "never")) for one in usual_run("a")[:2]]
    (run,) = runs_of(records)
    assert flaws_of(run, now=LATER)[-1].what.startswith("is missing: the run is over")


def test_a_record_that_is_none_of_a_run_is_named() -> None:
    stranger = dataclasses.replace(usual_run("a")[0], sort="x")
    assert found([stranger]) == [("x", "is no record of a run")]


def test_a_patch_in_the_ledger_that_no_record_speaks_of_shows_that_a_run_was_deleted() -> None:
    first, second = row_of(locked(name="0001_a")), row_of(locked(name="0002_b"), audited=False)
    ledger = Ledger(applied=(first, second))
    records = Records(run_of("a")).whole(asked(), applied("0001_a", checksum=first.checksum), ended=ENDED)
    assert unrecorded_patches(ledger, runs_of(records)) == ()
    (flaw,) = unrecorded_patches(ledger, [])
    assert (flaw.run_id, "0001_a" in flaw.what) == (first.run_id, True)
    other = Records(run_of("a")).whole(asked(), applied("0001_a"), ended=ENDED)
    assert len(unrecorded_patches(ledger, runs_of(other))) == 1
