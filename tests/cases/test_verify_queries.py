"""`verify:` queries: those that cannot hold, those that a later patch ends, and those that one retires."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell, Shell

pytestmark = pytest.mark.slow

USERS = "CREATE TABLE u (id bigint PRIMARY KEY, email text, nick text);"
FILL = "UPDATE u SET nick = split_part(email, '@', 1) WHERE nick IS NULL;"
FILLED = "SELECT NOT EXISTS (SELECT FROM u WHERE nick IS NULL)"
DROP = ("ALTER TABLE u DROP COLUMN IF EXISTS nick;", "allow: drop-column because nothing reads it since release 41")

CANNOT_HOLD = {
    "SELECT count(*) FROM u": "returns a value of type bigint, not boolean, so it never holds",
    "SELECT nosuch IS NULL FROM u LIMIT 1": 'failed: column "nosuch" does not exist (SQLSTATE 42703)',
    "SELECT true, true": "returns 2 columns where one is meant, so it never holds",
    "SELECT FROM u": "returns 0 columns where one is meant, so it never holds",
    "SELECT '24:00'::time": "returns a value of type time without time zone, not boolean",
    "SELECT 'true'": "returns a value of type text, not boolean",
    "SELECT 1": "returns a value of type integer, not boolean",
    "SELECT ARRAY[true]": "returns a value of type boolean[], not boolean",
    "SELECT NULL::boolean": "is NULL, where the database has no rows",
    "SELECT bool_and(nick IS NULL) FROM u": "is NULL, where the database has no rows",
    "SELECT x FROM (VALUES (true), (true)) AS v(x)": "returns 2 rows where one is meant",
    "SELECT count(*) = 0 FROM no_such_table": 'failed: relation "no_such_table" does not exist',
    "SELECT 1 / count(*) = 0 FROM u": "failed: division by zero (SQLSTATE 22012)",
}


@pytest.mark.parametrize("query", CANNOT_HOLD)
def test_lock_refuses_a_query_that_cannot_hold(shell: Shell, query: str) -> None:
    shell.patches.write("baseline.sql", USERS)
    shell.patches.patch("0001_rank", "ALTER TABLE u ADD COLUMN IF NOT EXISTS rank int;", f"verify: {query}")
    printed = shell.on_patches("lock")
    assert printed.code == 1
    assert f"0001_rank.sql: verify: `{query}` {CANNOT_HOLD[query]}" in printed.err


@pytest.mark.parametrize(
    "query",
    [
        "SELECT true",
        "SELECT EXISTS (SELECT FROM u WHERE email = 'ada@example.com')",
        "SELECT email = 'x' FROM u WHERE id = 1",
        "SELECT coalesce(bool_and(rank > 0), true) FROM u",
        "SELECT count(*) = 0 FROM u -- nobody is there",
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('u_pkey')",
    ],
)
def test_lock_takes_a_query_that_rows_can_make_true(shell: Shell, query: str) -> None:
    shell.patches.write("baseline.sql", USERS)
    shell.patches.patch("0001_rank", "ALTER TABLE u ADD COLUMN IF NOT EXISTS rank int;", f"verify: {query}")
    assert shell.on_patches("lock").code == 0


@pytest.fixture
def filled(database: DatabaseShell) -> DatabaseShell:
    """A database with a patch that has a query, and the lock file of it."""
    database.patches.write("baseline.sql", USERS)
    database.patches.patch("0001_fill", FILL, f"verify: {FILLED}", "verify: SELECT count(*) >= 0 FROM u")
    database.query(USERS)
    assert database.on_patches("lock").code == 0
    assert database.on_database("apply").code == 0
    return database


def test_lock_names_the_patch_that_ends_a_query(filled: DatabaseShell) -> None:
    filled.patches.patch("0002_other", "CREATE TABLE IF NOT EXISTS other (id int);")
    filled.patches.patch("0003_drop", *DROP)
    filled.patches.patch("0004_last", "CREATE TABLE IF NOT EXISTS last (id int);")
    for words in ((), ("--all",)):
        printed = filled.on_patches("lock", *words)
        assert printed.code == 1
        (line,) = printed.err.splitlines()[1:]
        assert line.strip().startswith(
            f'0003_drop.sql: ends a query of 0001_fill: after it, `{FILLED}` failed: column "nick" does not exist'
        )
        assert "write `-- retire-verify: 0001_fill 1` in this patch's header" in line


def test_a_later_patch_retires_a_query_and_the_older_file_stays_as_it_is(filled: DatabaseShell) -> None:
    before = (filled.patches.path / "0001_fill.sql").read_bytes()
    filled.patches.patch("0002_drop", *DROP, "retire-verify: 0001_fill 1")
    assert filled.on_patches("lock").code == 0
    assert filled.on_patches("lock", "--all").code == 0
    filled.query("INSERT INTO u (id) VALUES (1)")
    assert "`SELECT NOT EXISTS" in filled.on_database("verify").err, "it stands until the later patch is applied"
    assert filled.on_database("apply").code == 0
    assert filled.on_database("verify").out == "2 applied patches verified\n"
    assert (filled.patches.path / "0001_fill.sql").read_bytes() == before


@pytest.mark.parametrize("name", ["0001_fill", "0001", "0001 1"])
def test_a_patch_is_named_whole_or_by_its_number(filled: DatabaseShell, name: str) -> None:
    filled.patches.patch("0002_drop", *DROP, f"retire-verify: {name}")
    assert filled.on_patches("lock").code == 0


def test_the_other_queries_of_the_patch_stay(filled: DatabaseShell) -> None:
    filled.patches.patch("0002_drop", "DROP TABLE IF EXISTS u;", "allow: drop-table because it is over")
    filled.patches.patch("0002_drop", "DROP TABLE IF EXISTS u;", "retire-verify: 0001_fill 1")
    printed = filled.on_patches("lock")
    assert printed.code == 1
    assert "0002_drop.sql: ends a query of 0001_fill: after it, `SELECT count(*) >= 0 FROM u` failed" in printed.err
    assert "retire-verify: 0001_fill 2" in printed.err


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("0009_none", "names no earlier patch"),
        ("0001_other", "names no earlier patch"),
        ("0002_drop", "names no earlier patch"),
        ("0001_fill 3", "names a query that 0001_fill does not have"),
        ("fill", "`retire-verify: fill` names no patch"),
        ("0001_fill 0", "`retire-verify: 0001_fill 0` names no patch"),
    ],
)
def test_a_retirement_of_nothing_is_refused(filled: DatabaseShell, value: str, what: str) -> None:
    filled.patches.patch("0002_drop", *DROP, f"retire-verify: {value}")
    printed = filled.on_patches("lint")
    assert printed.code == 2
    assert what in printed.err


def test_a_retirement_of_a_patch_without_queries_is_refused(filled: DatabaseShell) -> None:
    filled.patches.patch("0002_plain", "SELECT 1;")
    filled.patches.patch("0003_drop", *DROP, "retire-verify: 0002")
    assert "names a patch without a query" in filled.on_patches("lint").err


ENDS = {
    "rows that a later patch inserts": (
        "SELECT count(*) = 0 FROM u",
        "INSERT INTO u (id) VALUES (7) ON CONFLICT DO NOTHING;",
        "is not true",
    ),
    "a view that a later patch makes anew": (
        "SELECT count(*) = 0 FROM v",
        "CREATE OR REPLACE VIEW v AS SELECT 1::bigint AS id;",
        "is not true",
    ),
    "a table below a view": (
        "SELECT count(*) = 0 FROM v",
        "INSERT INTO u (id) VALUES (7) ON CONFLICT DO NOTHING;",
        "is not true",
    ),
    "a function": (
        "SELECT f()",
        "CREATE OR REPLACE FUNCTION f() RETURNS bool LANGUAGE sql AS 'SELECT false';",
        "is not",
    ),
    "a type": ("SELECT count(nick) = 0 FROM u", "ALTER TABLE u RENAME COLUMN nick TO nickname;", "does not exist"),
    "an index that is gone": (
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('u_email')",
        "DROP INDEX IF EXISTS u_email;",
        "is not true: it returns no row",
    ),
    "SQL that a block builds": (
        "SELECT count(*) = 0 FROM u",
        "DO $$ BEGIN EXECUTE 'INSERT INTO ' || chr(117) || ' (id) VALUES (7) ON CONFLICT DO NOTHING'; END $$;",
        "is not true",
    ),
    "something that only its pattern names": (
        "SELECT count(*) = 0 FROM pg_class WHERE relname LIKE 'zz%'",
        "CREATE TABLE IF NOT EXISTS zzz (id int);",
        "is not true",
    ),
}


@pytest.mark.parametrize(("query", "sql", "why"), ENDS.values(), ids=ENDS)
def test_every_way_of_ending_a_query_is_named(shell: Shell, query: str, sql: str, why: str) -> None:
    more = (
        "CREATE VIEW v AS SELECT id FROM u; CREATE INDEX u_email ON u (email);"
        "CREATE FUNCTION f() RETURNS bool LANGUAGE sql AS 'SELECT true';"
    )
    shell.patches.write("baseline.sql", USERS + more)
    shell.patches.patch("0001_first", "CREATE TABLE IF NOT EXISTS first (id int);", f"verify: {query}")
    assert shell.on_patches("lock").code == 0
    shell.patches.patch("0002_between", "CREATE TABLE IF NOT EXISTS between_ (id int);")
    if "RENAME" in sql:
        sql = f"DO $$ BEGIN {sql} EXCEPTION WHEN undefined_column THEN NULL; END $$;"
    header = ("verify: SELECT true", "allow: data-change because it is a test")
    shell.patches.patch("0003_ends", sql, *header)
    printed = shell.on_patches("lock")
    assert printed.code == 1, printed.out
    (line,) = printed.err.splitlines()[1:]
    assert line.strip().startswith("0003_ends.sql: ends a query of 0001_first:")
    assert why in line
    shell.patches.patch("0003_ends", sql, *header, "retire-verify: 0001")
    assert shell.on_patches("lock").code == 0


def test_a_query_that_was_ended_before_lock_asked_is_traced_to_its_patch(
    filled: DatabaseShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.patches.patch("0002_drop", *DROP)
    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["rdspatch.authoring.proof.prove"], "standing_queries", lambda _patches: ())
        assert filled.on_patches("lock").code == 0
    for name in ("0003_more", "0004_most"):
        filled.patches.patch(name, f"CREATE TABLE IF NOT EXISTS t{name} (id int);")
    printed = filled.on_patches("lock")
    assert printed.code == 1
    assert "  0002_drop.sql: ends a query of 0001_fill:" in printed.err
    filled.patches.patch("0004_most", "CREATE TABLE IF NOT EXISTS m (id int);", "retire-verify: 0001_fill 1")
    assert filled.on_patches("lock").code == 0, "a patch that is merged cannot be edited, a later one can retire"
