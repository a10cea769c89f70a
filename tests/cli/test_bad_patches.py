"""What the command line refuses: named with its place and what to write, all together, and nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell, Shell

HEADER = "-- patch: A test.\n"
BAD: dict[str, tuple[str | bytes, str]] = {
    "an unknown directive": (
        HEADER + "-- timeout: 5s\nSELECT 1;",
        "0001_a.sql:2: unknown directive `timeout`; known are",
    ),
    "a malformed directive": (HEADER + "-- lock-timeout:5s\nSELECT 1;", "0001_a.sql:2: malformed directive"),
    "no sentence": ("SELECT 1;", "0001_a.sql:1: the directive `patch` is missing; write `-- patch:"),
    "an empty file": ("", "0001_a.sql:1: the file is empty; write a statement or delete the file"),
    "only comments": (HEADER + "/* later */;\n", "0001_a.sql:1: no statement in it; write one or delete the file"),
    "a byte order mark": (
        b"\xef\xbb\xbf" + HEADER.encode() + b"SELECT 1;",
        "0001_a.sql:1: starts with a byte order mark;",
    ),
    "UTF-16": ((HEADER + "SELECT 1;").encode("utf-16"), "0001_a.sql:1: starts with a byte order mark;"),
    "a NUL byte": (HEADER.encode() + b"SELECT 1;\nSELECT '\x00';", "0001_a.sql:3: holds a NUL byte; save it as plain"),
    "Latin-1": (HEADER.encode() + b"SELECT '\xe4';", "0001_a.sql:2: byte 0xe4 is not UTF-8; save it as plain UTF-8"),
    "transaction control": (HEADER + "SELECT 1;\nCOMMIT;", "0001_a.sql:3"),
    "COPY FROM stdin": (HEADER + "COPY t FROM stdin;", "0001_a.sql:2"),
    "a setting of the session": (HEADER + "SET work_mem = '1MB';", "0001_a.sql:2"),
    "a syntax error": (HEADER + "SELECT 1;\nSELEC 1;\n", "0001_a.sql:3:1: syntax error at or near"),
    "CONCURRENTLY in a transaction": (HEADER + "CREATE INDEX CONCURRENTLY i ON t (a);", "0001_a.sql:2"),
}


@pytest.mark.parametrize(("content", "expected"), BAD.values(), ids=BAD)
def test_a_bad_patch_is_refused_before_the_database_is_touched(
    database: DatabaseShell, content: str | bytes, expected: str
) -> None:
    database.patches.write("0001_a.sql", content)
    database.patches.patch("0002_good", "CREATE TABLE good (id int);")
    for command in ("plan", "apply", "lock"):
        printed = database.on_patches("lock") if command == "lock" else database.on_database(command)
        assert (printed.code, printed.out) == (2, "")
        assert printed.err.startswith("BadPatches: 1 problem in the patches:\n")
        assert expected in printed.err
    assert database.tables() == []
    assert not (database.patches.path / "patches.lock.json").exists()


def test_a_syntax_error_has_line_column_and_the_servers_message(shell: Shell) -> None:
    shell.patches.patch("0001_a", "SELECT 1;\n  SELECT 'ä' FORM users;")
    assert '0001_a.sql:3:19: syntax error at or near "users"' in shell.on_patches("lock").err


def test_a_missing_baseline_is_refused(database: DatabaseShell) -> None:
    (database.patches.path / "baseline.sql").unlink()
    database.patches.patch("0001_a", "CREATE TABLE a (id int);")
    printed = database.on_database("apply")
    assert printed.code == 2
    assert "baseline.sql: the file is missing; it holds the schema before the first patch" in printed.err
    assert database.tables() == []


def test_a_number_used_twice_is_refused(database: DatabaseShell) -> None:
    database.patches.patch("0001_a", "CREATE TABLE a (id int);")
    database.patches.patch("0001_b", "CREATE TABLE b (id int);")
    database.patches.patch("00001_c", "CREATE TABLE c (id int);")
    printed = database.on_database("apply")
    assert printed.code == 2
    assert "number 1 is also used by" in printed.err
    assert "give the newer patch the next free number" in printed.err
    assert database.tables() == []


def test_a_link_is_refused_and_not_followed(database: DatabaseShell) -> None:
    target = database.patches.path.parent / "elsewhere.sql"
    target.write_text(f"{HEADER}CREATE TABLE a (id int);")
    (database.patches.path / "0001_a.sql").symlink_to(target)
    printed = database.on_database("apply")
    assert printed.code == 2
    assert "0001_a.sql: is a symbolic link; put the file itself there" in printed.err
    assert database.tables() == []


def test_a_directory_that_is_not_there_is_refused(shell: Shell) -> None:
    printed = shell.type("lock", "--patches", "nowhere")
    assert (printed.code, printed.out) == (2, "")
    assert "nowhere: cannot be read: No such file or directory; name the directory" in printed.err


def test_every_problem_of_every_file_is_reported_together(database: DatabaseShell) -> None:
    database.patches.write("0001_a.sql", "-- timeout: 5s\nSELECT 1;")
    database.patches.write("0002_b.sql", "")
    database.patches.write("0003_c.sql", b"\xff")
    database.patches.write("notes.sql", "SELECT 1;")
    (database.patches.path / "baseline.sql").unlink()
    printed = database.on_database("plan")
    assert printed.err.startswith("BadPatches: 6 problems in the patches:\n")
    for name in ("0001_a.sql:1: unknown", "0001_a.sql:1: the", "0002_b", "0003_c", "notes.sql", "baseline.sql"):
        assert f"\n  {name}" in printed.err


def test_every_refused_statement_of_every_file_is_reported_together(database: DatabaseShell) -> None:
    database.patches.patch("0001_a", "BEGIN;\nSELECT 1;\nCOMMIT;")
    database.patches.patch("0002_b", "SELECT FROM WHERE;")
    database.patches.patch("0003_c", "RESET ALL;")
    printed = database.on_database("apply")
    assert printed.err.startswith("BadPatches: 4 problems in the patches:\n")
    assert [f"0001_a.sql:{line}" in printed.err for line in (2, 4)] == [True, True]
    assert database.tables() == []


def test_line_ends_of_windows_are_accepted(database: DatabaseShell) -> None:
    database.patches.write("0001_a.sql", "-- patch: A test.\r\nCREATE TABLE a (id int);\r\n")
    assert database.on_database("apply").code == 0
    assert "public.a" in database.tables()


def test_a_lock_file_that_is_stale_stops_everything(database: DatabaseShell) -> None:
    database.patches.patch("0001_a", "CREATE TABLE a (id int);")
    database.patches.lock()
    database.patches.patch("0001_a", "CREATE TABLE b (id int);")
    for command in ("plan", "apply", "verify", "status"):
        printed = database.on_database(command)
        assert (printed.code, printed.out) == (3, "")
        assert "0001_a.sql: has checksum" in printed.err
        assert "run `rdspatch lock` and commit the result" in printed.err
    assert database.tables() == []
