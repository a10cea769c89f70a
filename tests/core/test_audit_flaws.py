from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.audit import ChainHead, chain
from rdspatch.core.audit_flaws import flaws_of, lost_patches, unrecorded_patches
from rdspatch.core.ledger import Ledger
from rdspatch.core.recorded_run import runs_of
from tests.recorded_runs import ENDED, LONG_AGO, Records, applied, asked, run_of, usual_run, verified
from tests.samples import locked, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.audit import AuditRecord

PREFIX = "RUN#2026-01-01T12:30:00.000Z#a#"


def found(records: Sequence[AuditRecord]) -> list[tuple[str, str]]:
    (run,) = runs_of(records)
    return [(flaw.sort.removeprefix(PREFIX), flaw.what) for flaw in flaws_of(run)]


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
    assert flaws_of(run) == ()


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


def test_a_patch_that_is_recorded_and_not_in_the_ledger_is_named_by_its_newest_record() -> None:
    first = Records(run_of("a")).whole(asked(), applied("0001_a"), applied("0002_b"), ended=ENDED)
    again = Records(run_of("b", started=LONG_AGO + timedelta(hours=1))).whole(asked(), applied("0002_b"), ended=ENDED)
    runs = runs_of([*first, *again])
    kept, gone = (row_of(locked(name=name), checksum=f"sum of {name}") for name in ("0001_a", "0002_b"))
    assert lost_patches(Ledger((kept, gone)), runs) == ()
    (flaw,) = lost_patches(Ledger((kept,)), runs)
    assert (flaw.run_id, flaw.sort) == ("b", again[2].sort)
    assert "says that 0002_b was applied, and the ledger does not have it" in flaw.what


def test_a_patch_that_was_applied_again_with_another_text_is_not_lost() -> None:
    records = Records(run_of("a")).whole(asked(), applied("0001_a"), ended=ENDED)
    assert lost_patches(Ledger((row_of(locked(name="0001_a"), audited=False),)), runs_of(records)) == ()
