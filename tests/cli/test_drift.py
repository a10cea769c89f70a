"""drift: what it prints of each difference, and with which exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import DatabaseShell

BASELINE = "CREATE TABLE users (id integer PRIMARY KEY, email text);\n"
EMPTY_THE_LEDGER = "ALTER TABLE rdspatch.ledger DISABLE TRIGGER keep_rows; TRUNCATE rdspatch.ledger"


@pytest.fixture
def applied(database: DatabaseShell, postgres_server: EmbeddedPostgres) -> DatabaseShell:
    """A database on which one of two proven patches is applied."""
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_name", "ALTER TABLE users ADD COLUMN IF NOT EXISTS name text;")
    assert database.on_patches("lock", "--scratch", postgres_server.url("postgres")).code == 0
    database.query(BASELINE)
    assert database.on_database("apply").code == 0
    return database


def change(applied: DatabaseShell) -> None:
    applied.query("ALTER TABLE users DROP COLUMN name, ALTER email SET NOT NULL; CREATE TABLE odd (a integer)")


def test_without_drift_it_says_so_and_ends_with_0(applied: DatabaseShell) -> None:
    printed = applied.on_database("drift")
    assert (printed.code, printed.out, printed.err) == (0, "no drift\n", "")


def test_each_difference_is_a_line_and_the_counts_are_the_last(applied: DatabaseShell) -> None:
    change(applied)
    printed = applied.on_database("drift")
    assert (printed.code, printed.err) == (3, "")
    assert printed.out.splitlines() == [
        "extra table public.odd is there (kind table), expected nothing, with 1 part",
        "changed column public.users.email: nullable is false, expected true (baseline)",
        "missing column public.users.name is not there, expected nullable true, type text (0001_name)",
        "3 differences: 1 missing, 1 changed, 1 extra",
    ]


def test_as_json_it_gives_every_difference_with_its_values(applied: DatabaseShell) -> None:
    change(applied)
    printed = applied.on_database("drift", "--format", "json")
    assert (printed.code, printed.err) == (3, "")
    document = printed.json
    differences = document.pop("differences")
    assert document == {"missing": 1, "changed": 1, "extra": 1, "unknown": [], "unjudged": [], "pending": []}
    assert [(it["kind"], it["object"], it["patch"]) for it in differences] == [
        ("extra", ["table", "public", "odd"], ""),
        ("changed", ["column", "public", "users", "email"], "baseline"),
        ("missing", ["column", "public", "users", "name"], "0001_name"),
    ]
    changed = {"property": "nullable", "expected": True, "found": False, "patch": "baseline"}
    assert differences[1]["details"] == [changed]


def test_a_pending_patch_is_counted_and_is_no_drift(applied: DatabaseShell) -> None:
    applied.query(f"ALTER TABLE users DROP COLUMN name; {EMPTY_THE_LEDGER}")
    printed = applied.on_database("drift")
    assert (printed.code, printed.out) == (0, "no drift; 1 patch is pending\n")


NO_FILE = "1 patch of the ledger has no file here with the text that was applied"
NOT_KNOWN = "so what was changed there is not known; look again with those files"


def test_where_the_ledger_has_a_row_without_file_it_says_what_stands_out_and_never_that_there_is_no_drift(
    applied: DatabaseShell,
) -> None:
    applied.query("UPDATE rdspatch.ledger SET patch_id = '0009_newer'")
    change(applied)
    printed = applied.on_database("drift")
    assert (printed.code, printed.err) == (3, "")
    assert printed.out.splitlines() == [
        "cannot be judged: extra table public.odd is there (kind table), expected nothing, with 1 part",
        "cannot be judged: changed column public.users.email: nullable is false, expected true (baseline)",
        f"0 differences; 2 objects cannot be judged: {NO_FILE} (0009_newer), {NOT_KNOWN}; 1 patch is pending",
    ]


def test_where_nothing_stands_out_beside_a_row_without_file_there_still_may_be_drift(applied: DatabaseShell) -> None:
    applied.query(
        "INSERT INTO rdspatch.ledger (patch_id, checksum, run_id, run_started_at) VALUES ('0009_newer', '', '', '')"
    )
    printed = applied.on_database("drift")
    assert printed.code == 3
    assert printed.out.startswith("0 differences; 0 objects cannot be judged: 1 patch of the ledger has no file here")


def test_of_a_patch_that_was_edited_since_nobody_knows_what_it_did(applied: DatabaseShell) -> None:
    applied.query("UPDATE rdspatch.ledger SET checksum = 'another'; ALTER TABLE users DROP COLUMN email")
    printed = applied.on_database("drift", "--format", "json")
    assert printed.code == 3
    assert (printed.json["unknown"], printed.json["differences"]) == (["0001_name"], [])
    assert [it["object"] for it in printed.json["unjudged"]] == [["column", "public", "users", "email"]]


def test_odd_names_are_printed_as_they_are_and_break_no_line(applied: DatabaseShell) -> None:
    applied.query('CREATE TABLE "[red]%s\n:smile:" ()')
    printed = applied.on_database("drift")
    assert printed.out.splitlines()[0].startswith('extra table public."[red]%s\\n:smile:" is there')
    assert printed.out.count("\n") == 2


def test_nothing_is_changed(applied: DatabaseShell) -> None:
    change(applied)
    applied.query(EMPTY_THE_LEDGER)
    applied.on_database("drift")
    assert applied.tables() == ["public.odd", "public.users", "rdspatch.ledger", "rdspatch.progress"]
    assert applied.query("SELECT count(*) FROM rdspatch.ledger") == [[0]]


def test_without_a_lock_file_it_ends_with_3_and_names_the_command_that_writes_it(database: DatabaseShell) -> None:
    printed = database.on_database("drift")
    assert (printed.code, printed.out) == (3, "")
    assert "patches.lock.json: is missing; run `rdspatch lock`" in printed.err


def test_a_database_that_is_down_ends_with_4(applied: DatabaseShell) -> None:
    printed = applied.on_patches("drift", "--database", "postgresql://me:CANARY@127.0.0.1:1/mesh?sslmode=disable")
    assert (printed.code, printed.out) == (4, "")
    assert "CANARY" not in printed.err
