"""Databases and patches of rare kinds: every command ends in a sentence or in success."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell

pytestmark = pytest.mark.slow

COMMANDS = ("plan", "apply", "verify", "drift", "repair", "status", "doctor")
TYPED = """
CREATE TYPE pair AS (id int, name text);
CREATE TABLE pairs OF pair (PRIMARY KEY (id));
CREATE TABLE parts OF pair (id WITH OPTIONS NOT NULL DEFAULT 1) PARTITION BY LIST (id);
"""
RAISING = """
CREATE FUNCTION raising() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
CREATE EVENT TRIGGER raising ON {} EXECUTE FUNCTION raising();
"""
CHANGES = {
    "an attribute more": "ALTER TYPE pair ADD ATTRIBUTE n int CASCADE;",
    "an attribute less": "ALTER TYPE pair DROP ATTRIBUTE IF EXISTS name CASCADE;",
    "another type": "ALTER TYPE pair ALTER ATTRIBUTE name TYPE varchar(9) CASCADE;",
    "another name": "ALTER TYPE pair RENAME ATTRIBUTE name TO label CASCADE;",
    "a table more": "CREATE TABLE IF NOT EXISTS more OF pair (name WITH OPTIONS DEFAULT 'x');",
    "a table of another type": "CREATE TYPE one AS (id int); CREATE TABLE IF NOT EXISTS o OF one;",
    "not of it any more": "ALTER TABLE pairs NOT OF;",
    "of it again": "ALTER TABLE pairs OF pair;",
    "a column of a typed table": "ALTER TABLE pairs ADD COLUMN IF NOT EXISTS n int;",
    "an index": "CREATE INDEX IF NOT EXISTS pairs_name ON pairs (name);",
    "nothing left": "DROP TYPE IF EXISTS pair CASCADE;",
    "a partition": "CREATE TABLE IF NOT EXISTS parts_1 PARTITION OF parts FOR VALUES IN (1);",
}


def ends_in_a_sentence(database: DatabaseShell, *commands: str) -> dict[str, int]:
    """The exit codes; what a command says on standard error is one of our errors or notes."""
    codes = {}
    for command in commands:
        printed = database.on_database(command) if command in COMMANDS else database.on_patches(command)
        assert "Traceback" not in printed.err, (command, printed.err)
        assert "UnexpectedFailure" not in printed.err, (command, printed.err)
        assert printed.code in range(6), (command, printed)
        assert printed.code == 0 or printed.err or printed.out, command
        codes[command] = printed.code
    return codes


@pytest.mark.parametrize("sql", CHANGES.values(), ids=CHANGES)
def test_typed_tables(database: DatabaseShell, sql: str) -> None:
    database.query(TYPED)
    database.patches.write("baseline.sql", TYPED)
    database.patches.patch("0001_p", sql, "verify: SELECT true")
    codes = ends_in_a_sentence(database, "lint", "lock")
    if codes["lock"] == 0:
        codes = ends_in_a_sentence(database, "plan", "apply", "verify", "drift", "repair", "status", "doctor")
        assert (codes["apply"], codes["verify"]) == (0, 0)


@pytest.mark.parametrize("event", ["ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite"])
@pytest.mark.parametrize("patch", ["ALTER TABLE t ADD COLUMN IF NOT EXISTS n int;", "DROP TABLE IF EXISTS t;"])
def test_an_event_trigger_that_raises(database: DatabaseShell, event: str, patch: str) -> None:
    table = "CREATE TABLE t (id int PRIMARY KEY);"
    database.patches.write("baseline.sql", table)
    database.patches.patch("0001_p", patch)
    database.query(table)
    assert database.on_patches("lock").code == 0
    database.query(RAISING.format(event))
    ends_in_a_sentence(database, *COMMANDS)
    database.query("DROP EVENT TRIGGER raising")
    assert database.on_database("apply").code == 0
    database.patches.write("baseline.sql", table + RAISING.format(event))
    ends_in_a_sentence(database, "lock")


@pytest.mark.parametrize(
    "setting", ["default_transaction_read_only = on", "default_transaction_isolation = serializable"]
)
def test_a_database_with_other_transactions(database: DatabaseShell, setting: str) -> None:
    database.patches.write("baseline.sql", "CREATE TABLE t (id int PRIMARY KEY);")
    database.patches.patch("0001_p", "ALTER TABLE t ADD COLUMN IF NOT EXISTS n int;")
    database.query("CREATE TABLE t (id int PRIMARY KEY)")
    assert database.on_patches("lock").code == 0
    name = database.query("SELECT current_database()")[0][0]
    database.query(f"ALTER DATABASE {name} SET {setting}")
    first = ends_in_a_sentence(database, *COMMANDS)
    assert (first["apply"] == 0) is ("read_only" not in setting)
    database.query(f"BEGIN READ WRITE; ALTER DATABASE {name} RESET ALL; COMMIT")
    assert set(ends_in_a_sentence(database, "apply", "verify", "drift").values()) == {0}


def test_a_proof_on_a_server_that_only_reads(database: DatabaseShell) -> None:
    database.query("ALTER ROLE postgres SET default_transaction_read_only = on")
    try:
        database.patches.patch("0001_p", "CREATE TABLE IF NOT EXISTS t (id int);")
        printed = database.on_patches("lock", "--scratch", database.url)
    finally:
        database.query("BEGIN READ WRITE; ALTER ROLE postgres RESET ALL; COMMIT")
    assert "Traceback" not in printed.err
    assert printed.code in range(6)
