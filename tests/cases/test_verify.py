"""Applied means true: after apply, with objects that are left out, and for programs that read what was found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import DatabaseShell

EVENTS = (
    "CREATE TABLE ev (at timestamptz NOT NULL, k int) PARTITION BY RANGE (at);"
    "CREATE TABLE ev_2024_01 PARTITION OF ev FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');"
    "CREATE TABLE ev_2024_02 PARTITION OF ev FOR VALUES FROM ('2024-02-01 00:00+00') TO ('2024-03-01 00:00+00');"
)
WEIGHT = "ALTER TABLE ev ADD COLUMN IF NOT EXISTS weight int NOT NULL DEFAULT 0;"
INDEX = "CREATE INDEX IF NOT EXISTS ev_k ON ev (k);"


def configure(tmp_path: Path, drift: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.rdspatch]\npatches = "patches"\n[tool.rdspatch.drift]\n{drift}\n')


@pytest.fixture
def events(database: DatabaseShell) -> DatabaseShell:
    """A partitioned table that a patch changes; its partitions come and go."""
    database.patches.write("baseline.sql", EVENTS)
    database.patches.patch("0001_weight", WEIGHT)
    database.patches.patch("0002_index", INDEX, "allow: squawk/require-concurrent-index-creation because it is small")
    database.query(EVENTS)
    return database


def test_partitions_that_are_left_out_may_be_dropped_and_made(events: DatabaseShell, tmp_path: Path) -> None:
    configure(tmp_path, 'ignore = ["public.ev_2*"]')
    assert events.on_patches("lock").code == 0
    assert events.on_database("apply").code == 0
    events.query("DROP TABLE ev_2024_01")
    events.query("CREATE TABLE ev_2024_03 PARTITION OF ev FOR VALUES FROM ('2024-03-01') TO ('2024-04-01')")
    assert events.on_database("drift").code == 0
    assert events.on_database("verify").out == "2 applied patches verified\n"
    assert events.on_database("repair").code == 0


def test_what_is_not_left_out_is_still_missed(events: DatabaseShell, tmp_path: Path) -> None:
    configure(tmp_path, 'ignore = ["public.ev_2*"]')
    assert events.on_patches("lock").code == 0
    assert events.on_database("apply").code == 0
    events.query("ALTER TABLE ev DROP COLUMN weight; DROP TABLE ev_2024_01")
    printed = events.on_database("verify")
    assert printed.code == 3
    assert "column public.ev.weight" in printed.err
    assert "ev_2024_01" not in printed.err


def test_a_dropped_partition_that_nothing_leaves_out_is_missing(events: DatabaseShell) -> None:
    assert events.on_patches("lock").code == 0
    assert events.on_database("apply").code == 0
    events.query("DROP TABLE ev_2024_01")
    printed = events.on_database("verify")
    assert printed.code == 3
    assert "EffectMissing" in printed.err
    assert "ev_2024_01" in printed.err


def test_schemas_that_are_not_looked_at_are_not_verified(database: DatabaseShell, tmp_path: Path) -> None:
    configure(tmp_path, 'schemas = ["public"]')
    schema = "CREATE SCHEMA ours; CREATE TABLE ours.a (id int); CREATE TABLE b (id int);"
    database.patches.write("baseline.sql", schema)
    columns = "ALTER TABLE ours.a ADD COLUMN IF NOT EXISTS n int; ALTER TABLE b ADD COLUMN IF NOT EXISTS n int;"
    database.patches.patch("0001_n", columns)
    database.query(schema)
    assert database.on_patches("lock").code == 0
    assert database.on_database("apply").code == 0
    database.query("ALTER TABLE ours.a DROP COLUMN n")
    assert (database.on_database("verify").code, database.on_database("drift").code) == (0, 0)
    database.query("ALTER TABLE b DROP COLUMN n")
    assert (database.on_database("verify").code, database.on_database("drift").code) == (3, 3)


def test_a_column_that_is_left_out_is_not_verified(database: DatabaseShell, tmp_path: Path) -> None:
    configure(tmp_path, 'ignore = ["public.a.tmp_*"]')
    database.patches.write("baseline.sql", "CREATE TABLE a (id int);")
    database.patches.patch("0001_n", "ALTER TABLE a ADD COLUMN IF NOT EXISTS tmp_n int;")
    database.query("CREATE TABLE a (id int)")
    assert database.on_patches("lock").code == 0
    assert database.on_database("apply").code == 0
    database.query("ALTER TABLE a DROP COLUMN tmp_n")
    assert database.on_database("verify").code == 0


@pytest.fixture
def note(database: DatabaseShell) -> DatabaseShell:
    """One patch that adds a column, and a database before it."""
    database.patches.write("baseline.sql", "CREATE TABLE a (id bigint PRIMARY KEY, email text);")
    database.patches.patch("0001_n", "ALTER TABLE a ADD COLUMN IF NOT EXISTS n text;")
    database.query("CREATE TABLE a (id bigint PRIMARY KEY, email text)")
    assert database.on_patches("lock").code == 0
    return database


def test_apply_says_when_what_it_applied_is_not_true(note: DatabaseShell) -> None:
    note.query("ALTER TABLE a ADD COLUMN n integer")
    printed = note.on_database("apply")
    assert printed.code == 3
    assert "applied 0001_n" in printed.out
    assert printed.err.startswith("EffectMissing: 1 problem")
    assert "0001_n.sql: column public.a.n: type is integer, expected text" in printed.err
    again = note.on_database("apply")
    assert again.code == 3, "running again does not make it true"
    assert "nothing to do" in again.out


def test_apply_says_that_it_has_verified(note: DatabaseShell) -> None:
    printed = note.on_database("apply")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out.splitlines()[-1] == "1 applied patch verified"


def test_apply_verifies_queries_as_well(note: DatabaseShell) -> None:
    note.patches.patch("0002_m", "UPDATE a SET n = '' WHERE n IS NULL;", "verify: SELECT count(*) = 1 FROM a")
    assert note.on_patches("lock").code == 0
    printed = note.on_database("apply")
    assert printed.code == 3
    assert "VerificationFailed" in printed.err
    note.query("INSERT INTO a (id) VALUES (1)")
    assert note.on_database("apply").code == 0


def test_apply_without_verifying_says_nothing_of_it(note: DatabaseShell) -> None:
    note.query("ALTER TABLE a ADD COLUMN n integer")
    printed = note.on_database("apply", "--no-verify")
    assert (printed.code, printed.err) == (0, "")
    assert "verified" not in printed.out


def test_apply_prints_one_document_with_what_it_found(note: DatabaseShell) -> None:
    note.query("ALTER TABLE a ADD COLUMN n integer")
    printed = note.on_database("apply", "--format", "json")
    assert printed.code == 3
    assert [outcome["id"] for outcome in printed.json["outcomes"]] == ["0001_n"]
    (missing,) = printed.json["verification"]["missing"]
    assert missing["where"] == "0001_n.sql"
    assert note.on_database("apply", "--format", "json", "--no-verify").json["verification"] is None


def test_a_patch_that_fails_is_not_verified(note: DatabaseShell) -> None:
    note.patches.patch("0002_x", "ALTER TABLE a ADD COLUMN IF NOT EXISTS m int NOT NULL;")
    (note.patches.path / "patches.lock.json").unlink()
    note.query("INSERT INTO a (id) VALUES (1)")
    printed = note.on_database("apply", "--format", "json")
    assert printed.code == 1
    assert [outcome["result"] for outcome in printed.json["outcomes"]] == ["applied", "failed"]
    assert printed.json["verification"] is None


def test_verify_prints_its_document_whatever_it_finds(note: DatabaseShell) -> None:
    assert note.on_database("apply").code == 0
    found = {"verified": ["0001_n"], "missing": [], "untrue": [], "unjudged": [], "lost": []}
    assert note.on_database("verify", "--format", "json").json == found
    note.query("ALTER TABLE a DROP COLUMN n")
    printed = note.on_database("verify", "--format", "json")
    assert printed.code == 3
    assert printed.json["verified"] == []
    assert printed.json["missing"][0]["where"] == "0001_n.sql"
    assert "EffectMissing" in printed.err


@pytest.mark.parametrize("command", ["drift", "repair", "plan", "status"])
def test_every_command_that_finds_something_prints_its_document(note: DatabaseShell, command: str) -> None:
    assert note.on_database("apply").code == 0
    note.query("ALTER TABLE a ALTER COLUMN n TYPE int USING NULL")
    if command in ("plan", "status"):
        note.query(
            "ALTER TABLE rdspatch.ledger DISABLE TRIGGER USER; UPDATE rdspatch.ledger SET checksum = repeat('0', 64)"
        )
    printed = note.on_database(command, "--format", "json")
    assert printed.code == (0 if command == "status" else 3)
    assert "error" not in printed.json


@pytest.mark.parametrize("command", ["lint", "plan", "apply", "verify", "drift", "repair", "status", "explain"])
def test_a_command_that_cannot_begin_prints_its_error_as_a_document(note: DatabaseShell, command: str) -> None:
    note.patches.patch("0002_x", "SELECT 1;", "lock-timout: 5s")
    words = ("0002_x",) if command == "explain" else ()
    form = ("--format", "json", *words)
    printed = (note.on_patches if command in ("lint", "explain") else note.on_database)(command, *form)
    assert printed.code == 2
    (problem,) = printed.json["error"]["problems"]
    assert (printed.json["error"]["name"], problem["where"]) == ("BadPatches", "0002_x.sql:2")


def test_a_database_that_cannot_be_reached_is_a_document_too(note: DatabaseShell) -> None:
    for command in ("verify", "apply", "drift"):
        url = "postgresql://u:p@127.0.0.1:1/x?sslmode=disable"
        printed = note.on_patches(command, "--database", url, "--format=json")
        assert printed.code == 4
        assert json.loads(printed.out)["error"]["name"] == "DatabaseUnreachable"
