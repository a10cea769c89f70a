"""What a failure says: file, line, column, SQLSTATE, the server's message, and no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import PatchFailed

if TYPE_CHECKING:
    from tests.acceptance.target import Target

USERS = "CREATE TABLE users (email text UNIQUE NOT NULL); INSERT INTO users VALUES ('alice@example.com')"
AGAIN = "INSERT INTO users VALUES ('alice@example.com')"


def test_a_failure_names_file_line_column_sqlstate_and_the_servers_message(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE t (a int);\n/* äöü 😀 */ SELECT nothing\n  FROM t")
    assert target.fails() == (
        'PatchFailed: 0001_a.sql:3:20: column "nothing" does not exist (SQLSTATE 42703); '
        "nothing of this patch was applied, and no later patch was reached"
    )


def test_a_failure_carries_its_place_as_data(target: Target) -> None:
    target.patch("0001_a", "SELECT 1;\nSELECT nothing")
    failure = target.apply_once().failure
    assert isinstance(failure, PatchFailed)
    assert (failure.patch_id, failure.sqlstate, failure.line) == ("0001_a", "42703", 3)


def test_an_error_without_a_position_names_the_line_of_the_statement_that_failed(target: Target) -> None:
    target.patch("0001_a", f"{USERS};\nSELECT 1;\n\nSELECT 2;\n{AGAIN}")
    assert target.fails().startswith("PatchFailed: 0001_a.sql:6:1: duplicate key value")


def test_an_error_in_a_later_statement_without_transaction_names_its_own_line(target: Target) -> None:
    target.patch("0001_a", f"{USERS};\nSELECT 1;\n\n{AGAIN}", "transaction: none")
    assert target.fails().startswith("PatchFailed: 0001_a.sql:6:1: duplicate key value")


def test_a_position_in_a_later_statement_without_transaction_is_one_of_the_file(target: Target) -> None:
    target.patch("0001_a", "SELECT 1;\nSELECT 2,\n  nothing", "transaction: none")
    assert target.fails().startswith("PatchFailed: 0001_a.sql:5:3: column")


def test_an_error_of_a_statement_that_runs_alone_names_its_line(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE t (a int);\n\nVACUUM nowhere", "transaction: none")
    assert target.fails().startswith('PatchFailed: 0001_a.sql:5:1: relation "nowhere" does not exist')


def test_an_error_at_commit_names_the_file(target: Target) -> None:
    target.execute("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    target.patch("0001_a", "INSERT INTO t VALUES (1), (1)")
    assert target.fails().startswith(
        'PatchFailed: 0001_a.sql: duplicate key value violates unique constraint "t_a_key"'
    )
    assert target.applied() == []


@pytest.mark.parametrize(
    "sql",
    [
        AGAIN,
        "INSERT INTO users SELECT NULL FROM users",
        "SELECT email::int FROM users",
        "SELECT (email || '\"bob@example.com')::int FROM users",
        "SELECT (email || E'\\nx')::date FROM users",
        "ALTER TABLE users ADD CHECK (email = '')",
        "DO $$BEGIN RAISE EXCEPTION '%', (SELECT email FROM users); END$$",
        "DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = (SELECT email FROM users); END$$",
        "DO $$BEGIN RAISE EXCEPTION USING ERRCODE = 'RP001', MESSAGE = (SELECT email FROM users); END$$",
        "DO $$BEGIN ASSERT false, (SELECT email FROM users); END$$",
        "CREATE UNIQUE INDEX one ON users ((length(email) > 0)); INSERT INTO users VALUES ('x')",
    ],
)
def test_no_value_of_a_row_is_in_a_failure(target: Target, sql: str) -> None:
    target.patch("0001_a", USERS)
    target.apply()
    target.patch("0002_b", sql)
    message = target.fails()
    assert message.startswith("PatchFailed: 0002_b.sql:2:")
    assert "example.com" not in message


def test_a_procedure_that_commits_fails_and_leaves_nothing(target: Target) -> None:
    target.execute("CREATE PROCEDURE smuggled() LANGUAGE plpgsql AS 'BEGIN CREATE TABLE t (); COMMIT; END'")
    target.patch("0001_a", "CALL smuggled()")
    assert "(SQLSTATE 2D000)" in target.fails()
    assert target.value("SELECT to_regclass('t') IS NULL") is True


def test_a_patch_that_takes_too_long_fails_and_is_rolled_back(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE t (); SELECT pg_sleep(30)", "statement-timeout: 100ms")
    assert "canceling statement due to statement timeout (SQLSTATE 57014)" in target.fails()
    assert (target.applied(), target.value("SELECT to_regclass('t') IS NULL")) == ([], True)
