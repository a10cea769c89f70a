"""The action drift: what it answers and records, and that it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.audit import find_break
from rdspatch.core.errors import BadSettings, LockFileStale
from tests.handlers.repairable import FRESH, REQUEST, prepare

if TYPE_CHECKING:
    from tests.handlers.function import Function


def forget(function: Function, *patches: str) -> None:
    """Take rows out of the ledger, which keeps them."""
    names = ", ".join(f"'{patch}'" for patch in patches)
    function.query(
        "ALTER TABLE rdspatch.ledger DISABLE TRIGGER keep_rows; "
        f"DELETE FROM rdspatch.ledger WHERE patch_id IN ({names})"
    )


def test_without_drift_the_answer_is_all_noughts_and_is_recorded(applied: Function) -> None:
    answer = applied.call("drift", request={"mode": "drift"})
    (record,) = applied.table.of_run(applied.run)
    assert answer == {
        "missing": 0, "changed": 0, "extra": 0, "unknown": 0, "unjudged": "",
        "audit_hash": record.hash, "differences": [],
    }  # fmt: skip
    assert (record.event, record.patch_id) == ("drift_checked", None)
    assert record.facts == {
        "missing": 0, "changed": 0, "extra": 0, "unknown": [], "unjudged": [], "pending": [], "differences": [],
    }  # fmt: skip
    assert find_break([record]) is None


def test_each_difference_is_a_sentence_in_the_answer_and_in_the_record(applied: Function) -> None:
    applied.query("ALTER TABLE users DROP phone; ALTER TABLE notes ALTER id TYPE bigint; CREATE TABLE odd ()")
    forget(applied, "0002_check", "0003_valid")
    answer = applied.call("drift", request=REQUEST)
    assert (answer["missing"], answer["changed"], answer["extra"]) == (1, 1, 1)
    assert answer["differences"] == [
        "changed column public.notes.id: type is bigint, expected integer (0004_notes)",
        "extra table public.odd is there (kind table), expected nothing",
        "missing column public.users.phone is not there, expected nullable true, type text (0001_phone)",
    ]
    (record,) = applied.table.of_run(applied.run)
    assert record.facts["differences"] == answer["differences"]
    assert record.facts["pending"] == ["0002_check", "0003_valid"]


def test_answer_and_record_stay_small_whatever_happened(applied: Function) -> None:
    for number in range(100, 170):
        name, text = f'"{"x" * 58}{number}"', "y" * 300
        applied.query(f"CREATE TABLE {name} (a text); ALTER TABLE notes ADD {name} text DEFAULT '{text}'")
    forget(applied, "0004_notes")
    applied.query(
        "INSERT INTO rdspatch.ledger (patch_id, checksum, run_id, run_started_at) VALUES ('9_new', '', '', '')"
    )
    assert applied.call("drift", request=REQUEST)["extra"] == 0
    forget(applied, "9_new")
    answer = applied.call("drift", request=REQUEST)
    newer, record = applied.table.of_run(applied.run)
    assert newer.facts["unknown"] == ["9_new"]
    assert (answer["extra"], len(answer["differences"]), len(record.facts["differences"])) == (71, 20, 50)
    assert all(len(text) <= 300 for text in record.facts["differences"])


def test_what_cannot_be_judged_is_said_with_what_stands_out(applied: Function) -> None:
    applied.query("UPDATE rdspatch.ledger SET patch_id = '9_new' WHERE patch_id = '0004_notes'; CREATE TABLE odd ()")
    answer = applied.call("drift", request=REQUEST)
    assert (answer["missing"], answer["changed"], answer["extra"], answer["unknown"]) == (0, 0, 0, 1)
    assert answer["unjudged"].startswith(" Cannot be judged: 1 patch of the ledger has no file here")
    assert "extra table public.odd is there (kind table), expected nothing" in answer["differences"]
    (record,) = applied.table.of_run(applied.run)
    assert (record.facts["unknown"], record.facts["unjudged"]) == (["9_new"], answer["differences"])


def test_the_database_stays_as_it_is(function: Function, lock_file: str) -> None:
    prepare(function, lock_file)
    function.query("DROP SCHEMA rdspatch CASCADE; ALTER TABLE users DROP phone")
    before = function.query("SELECT count(*) FROM pg_class")
    assert function.call("drift", request=REQUEST)["extra"] == 1
    assert function.query("SELECT count(*) FROM pg_class") == before


def test_patches_that_were_not_proven_are_not_compared(function: Function) -> None:
    function.patches.patch("0001_a", "CREATE TABLE a (id int);")
    function.patches.lock()
    with pytest.raises(LockFileStale):
        function.call("drift", request=REQUEST)
    assert function.audited() == []


@pytest.mark.parametrize("action", ["preflight", "plan", "apply", "verify", "drift", "repair"])
def test_patches_that_were_proven_with_another_search_path_are_refused(applied: Function, action: str) -> None:
    applied.query("CREATE SCHEMA app")
    before = applied.table.of_run(applied.run)
    applied.setenv(SEARCH_PATH="app,public")
    with pytest.raises(BadSettings, match="gives the search path app,public, and the patches were proven with public"):
        applied.call(action, input={}, request=REQUEST, work=FRESH)
    assert applied.table.of_run(applied.run) == before
    applied.setenv(SEARCH_PATH=" public ")
    applied.call(action, input={}, request=REQUEST, work=FRESH)


def test_the_doctor_says_which_search_path_the_patches_need(applied: Function) -> None:
    applied.setenv(SEARCH_PATH="app")
    findings = {it["check"]: it for it in applied.call("doctor")["findings"]}
    assert "the patches were proven with public" in findings["patches"]["what"]
