"""Verify: a query that does not return exactly one true is a failure, whatever the reason."""

from __future__ import annotations

import pytest

from rdspatch.core.errors import VerificationFailed
from rdspatch.core.withheld import without_constants
from tests.acceptance.target import Target  # noqa: TC001 - pytest reads no annotation, people do


def test_a_true_query_verifies_its_patch(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a ()", "verify: SELECT to_regclass('a') IS NOT NULL", "verify: SELECT true;")
    target.patch("0002_b", "CREATE TABLE b ()")
    target.apply()
    assert target.verify() == ("0001_a", "0002_b")


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELECT false", "is not true"),
        ("SELECT NULL::bool", "is NULL"),
        ("SELECT true WHERE false", "is not true: it returns no row"),
        ("SELECT true FROM generate_series(1, 2)", "returns 2 rows where one is meant"),
        ("SELECT true, true", "returns 2 columns where one is meant"),
        ("SELECT 1", "returns a value of type integer, not boolean"),
        ("SELECT 'true'", "returns a value of type text, not boolean"),
        ("SELECT '24:00'::time", "returns a value of type time without time zone, not boolean"),
        ("SELECT nothing FROM nowhere", 'failed: relation "nowhere" does not exist (SQLSTATE 42P01)'),
        ("SELECT writes()", "failed: cannot execute INSERT in a read-only transaction (SQLSTATE 25006)"),
        ("SELECT '%s :x' = '%'", "is not true"),
    ],
)
def test_anything_else_fails_naming_file_and_query(target: Target, query: str, what: str) -> None:
    target.execute("CREATE TABLE t (b bool)")
    target.execute("CREATE FUNCTION writes() RETURNS bool LANGUAGE sql AS 'INSERT INTO t VALUES (true) RETURNING b'")
    target.patch("0001_a", "CREATE TABLE a ()", f"verify: {query}")
    target.apply()
    with pytest.raises(VerificationFailed) as failed:
        target.verify()
    assert f"0001_a.sql: `{without_constants(query)}` {what}" in str(failed.value)
    assert target.value("SELECT count(*) FROM t") == 0


def test_every_query_that_fails_is_named(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a ()", "verify: SELECT 1 = 2", "verify: SELECT 2 = 2")
    target.patch("0002_b", "CREATE TABLE b ()", "verify: SELECT 3 = 4")
    target.apply()
    with pytest.raises(VerificationFailed) as failed:
        target.verify()
    assert [problem.where for problem in failed.value.problems] == ["0001_a.sql", "0002_b.sql"]


def test_no_value_of_a_row_is_in_a_failed_verification(target: Target) -> None:
    target.execute("CREATE TABLE users AS SELECT 'alice@example.com' AS email")
    target.patch("0001_a", "CREATE TABLE a ()", "verify: SELECT email::int = 1 FROM users")
    target.apply()
    with pytest.raises(VerificationFailed) as failed:
        target.verify()
    assert "alice" not in str(failed.value)


def test_a_pending_patch_is_not_verified(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.apply()
    target.patch("0002_b", "CREATE TABLE b ()", "verify: SELECT false")
    assert target.verify() == ("0001_a",)


def test_a_query_sees_what_the_patches_see(target: Target) -> None:
    target.execute("CREATE SCHEMA app")
    target.database.database = target.opened_with("search_path=app")
    target.patch("0001_a", "CREATE TABLE a ()", "verify: SELECT 'a'::regclass::oid = 'app.a'::regclass")
    target.apply(database=target.database)
    assert target.verify() == ("0001_a",)
