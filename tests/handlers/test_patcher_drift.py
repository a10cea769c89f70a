"""The action drift: what it answers and records, and that it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.audit import find_break
from rdspatch.core.errors import LockFileStale
from tests.handlers.repairable import REQUEST, prepare, proof

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.handlers.function import Function


@pytest.fixture(scope="module")
def lock_file(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    return proof(postgres_server, tmp_path_factory.mktemp("patches"))


@pytest.fixture
def applied(function: Function, lock_file: str) -> Function:
    prepare(function, lock_file)
    return function


def test_without_drift_the_answer_is_all_noughts_and_is_recorded(applied: Function) -> None:
    answer = applied.call("drift", request={"mode": "drift"})
    (record,) = applied.table.of_run(applied.run)
    assert answer == {"missing": 0, "changed": 0, "extra": 0, "audit_hash": record.hash, "differences": []}
    assert (record.event, record.patch_id) == ("drift_checked", None)
    assert record.facts == {
        "missing": 0, "changed": 0, "extra": 0, "unknown": [], "pending": [], "differences": [],
    }  # fmt: skip
    assert find_break([record]) is None


def test_each_difference_is_a_sentence_in_the_answer_and_in_the_record(applied: Function) -> None:
    applied.query("ALTER TABLE users DROP phone; ALTER TABLE notes ALTER id TYPE bigint; CREATE TABLE odd ()")
    applied.query("DELETE FROM rdspatch.ledger WHERE patch_id IN ('0002_check', '0003_valid')")
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
    applied.query("DELETE FROM rdspatch.ledger WHERE patch_id = '0004_notes'")
    applied.query(
        "INSERT INTO rdspatch.ledger (patch_id, checksum, run_id, run_started_at) VALUES ('9_new', '', '', '')"
    )
    assert applied.call("drift", request=REQUEST)["extra"] == 0
    applied.query("DELETE FROM rdspatch.ledger WHERE patch_id = '9_new'")
    answer = applied.call("drift", request=REQUEST)
    newer, record = applied.table.of_run(applied.run)
    assert newer.facts["unknown"] == ["9_new"]
    assert (answer["extra"], len(answer["differences"]), len(record.facts["differences"])) == (71, 20, 50)
    assert all(len(text) <= 300 for text in record.facts["differences"])


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
