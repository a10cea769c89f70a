"""What a session brings along changes no result: a time zone, temporary tables, row security, another major version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.authoring.postgres_releases import postgres_binaries
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from tests.trap import trapped

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell, Shell

ZONED = "CREATE TABLE t (id int, at timestamp); CREATE TABLE ev (at timestamptz NOT NULL) PARTITION BY RANGE (at);"
OTHER_MAJOR = 16


@pytest.fixture
def zoned(database: DatabaseShell, monkeypatch: pytest.MonkeyPatch) -> DatabaseShell:
    """Patches whose every statement depends on the time zone, on a database that has one of its own."""
    database.patches.write("baseline.sql", ZONED)
    allow = "allow: narrowing-type because every value is a time in UTC"
    database.patches.patch("0001_zone", "ALTER TABLE t ALTER COLUMN at TYPE timestamptz;", allow)
    january = "CREATE TABLE IF NOT EXISTS ev_1 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');"
    database.patches.patch("0002_january", january)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert database.on_patches("lock").code == 0
    database.query(f"{ZONED} INSERT INTO t VALUES (1, '2024-07-01 12:00')")
    return database


def test_a_time_zone_of_the_database_shifts_no_value_and_rewrites_no_table(zoned: DatabaseShell) -> None:
    name = zoned.query("SELECT quote_ident(current_database())")[0][0]
    zoned.query(f"ALTER DATABASE {name} SET TimeZone = 'Europe/Berlin'")
    file = zoned.query("SELECT pg_relation_filenode('t')")
    assert zoned.on_database("apply").code == 0
    assert zoned.query("SELECT extract(hour FROM at AT TIME ZONE 'UTC')::int FROM t") == [[12]]
    assert zoned.query("SELECT pg_relation_filenode('t')") == file
    assert zoned.on_database("verify").code == 0
    assert zoned.on_database("drift").out == "no drift\n"


def test_the_lock_file_is_the_same_in_every_time_zone(zoned: DatabaseShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert zoned.on_patches("lock", "--check").code == 0


def test_a_temporary_table_of_one_patch_is_not_the_next_ones(database: DatabaseShell) -> None:
    database.patches.write("baseline.sql", "CREATE TABLE o (id int, uid int, gone bool, flag bool);")
    for number, (column, condition) in enumerate((("flag", "uid = 7"), ("gone", "uid IS NULL")), start=1):
        database.patches.patch(
            f"000{number}_{column}",
            f"CREATE TEMP TABLE IF NOT EXISTS ids AS SELECT id FROM o WHERE {condition};\n"
            f"UPDATE o SET {column} = true WHERE id IN (SELECT id FROM ids) AND {column} IS NULL;",
        )
    assert database.on_patches("lock").code == 0
    database.query("CREATE TABLE o (id int, uid int, gone bool, flag bool); INSERT INTO o VALUES (1, 7), (5, NULL)")
    assert database.on_database("apply").code == 0
    assert database.query("SELECT id, gone, flag FROM o ORDER BY id") == [[1, None, True], [5, True, None]]


@pytest.mark.parametrize("command", ["status", "plan", "apply", "verify", "drift"])
def test_a_ledger_that_row_security_hides_is_an_error(database: DatabaseShell, command: str) -> None:
    database.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    assert database.on_patches("lock").code == 0
    assert database.on_database("apply").code == 0
    role = "hidden_from"
    name = database.query("SELECT quote_ident(current_database())")[0][0]
    database.query(
        f"CREATE ROLE {role} LOGIN PASSWORD 'p'; GRANT CREATE ON DATABASE {name} TO {role}; "
        f"GRANT USAGE ON SCHEMA rdspatch TO {role}; ALTER TABLE rdspatch.ledger OWNER TO {role}; "
        "ALTER TABLE rdspatch.ledger ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    )
    try:
        url = database.url.replace("postgres@", f"{role}:p@")
        printed = database.on_patches(command, "--database", url)
    finally:
        database.query(f"REASSIGN OWNED BY {role} TO postgres; DROP OWNED BY {role}; DROP ROLE {role}")
    assert (printed.code, printed.out) == (2, "")
    assert "LedgerUnusable: row security would hide rows of the ledger" in printed.err


def test_a_row_without_a_file_is_no_reason_to_say_that_all_is_well(database: DatabaseShell) -> None:
    table = "CREATE TABLE a (id bigint PRIMARY KEY, email text, balance int);"
    database.patches.write("baseline.sql", table)
    database.patches.patch("0001_n", "ALTER TABLE a ADD COLUMN IF NOT EXISTS n text;")
    assert database.on_patches("lock").code == 0
    database.query(table)
    assert database.on_database("apply").code == 0
    database.query(
        "UPDATE rdspatch.ledger SET patch_id = '0002_m'; "
        "ALTER TABLE a DROP COLUMN balance; CREATE TABLE stranger (i int)"
    )
    printed = database.on_database("drift")
    assert printed.code == 3
    assert "cannot be judged: missing column public.a.balance is not there" in printed.out
    assert "cannot be judged: extra table public.stranger is there" in printed.out
    assert "no drift" not in printed.out


@pytest.mark.slow
def test_plan_apply_and_doctor_say_that_a_patch_was_proven_on_another_major_version(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    assert shell.on_patches("lock").code == 0
    proven_on = json.loads((shell.patches.path / "patches.lock.json").read_text())["server"]
    words = f"the patches were proven on PostgreSQL {proven_on} and the server is PostgreSQL {OTHER_MAJOR}"
    monkeypatch.chdir(shell.patches.path.parent)
    with EmbeddedPostgres(binaries=postgres_binaries(OTHER_MAJOR)) as server:
        trapped(server).create_database("people")
        url = server.url("people")
        for command in ("plan", "apply"):
            printed = shell.on_patches(command, "--database", url)
            assert (printed.code, f"note: {words}" in printed.err) == (0, True)
        assert words not in shell.on_patches("plan", "--database", url).err  # nothing is pending
        document: Any = shell.type("doctor", "--database", url, "--format", "json").json
        (proof,) = [one for one in document[0]["findings"] if one["check"] == "proof"]
        assert (proof["state"], proof["what"].startswith(words)) == ("warning", True)
        with server.connect("people") as connection:
            assert connection.run("SELECT count(*) FROM a") == [[0]]
