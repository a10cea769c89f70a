"""The ledger against the files: edited, out of order, newer than the artefact, damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pg8000.exceptions
import pytest

from rdspatch.core.errors import AccessDenied, LedgerUnusable, PlanRefused, ReadBlocked
from rdspatch.core.plan import OutOfOrder
from tests.acceptance.dump import printed_by_pg_dump
from tests.acceptance.target import open_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.acceptance.target import Target


@pytest.mark.experiment("F20")
def test_an_edited_applied_patch_is_refused_with_both_checksums(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.apply()
    [before] = target.patches
    target.patch("0001_a", "CREATE TABLE a (); ")
    target.patch("0002_b", "CREATE TABLE b ()")
    with pytest.raises(PlanRefused) as refused:
        target.apply()
    after = target.patches[0]
    assert before.patch.checksum in str(refused.value)
    assert after.patch.checksum in str(refused.value)
    assert target.value("SELECT to_regclass('b') IS NULL") is True


def test_line_ends_do_not_make_a_patch_another_one(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a\n()")
    target.apply()
    file = target.directory / "0001_a.sql"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert target.results(target.apply()) == []


@pytest.mark.experiment("F22")
def test_a_patch_numbered_before_an_applied_one_is_refused(target: Target) -> None:
    target.patch("0002_b", "CREATE TABLE b ()")
    target.apply()
    target.patch("0001_a", "CREATE TABLE a ()")
    with pytest.raises(PlanRefused, match=r"0001_a\.sql: it comes before 0002_b"):
        target.apply()
    assert target.applied() == ["0002_b"]


@pytest.mark.experiment("F22")
def test_a_patch_numbered_before_an_applied_one_runs_when_that_is_allowed(target: Target) -> None:
    target.patch("0002_b", "CREATE TABLE b ()")
    target.apply()
    target.patch("0001_a", "CREATE TABLE a ()")
    assert target.results(target.apply(out_of_order=OutOfOrder.ALLOWED)) == ["0001_a applied"]


@pytest.mark.experiment("F21")
def test_an_older_artefact_finds_nothing_to_do(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.patch("0002_b", "CREATE TABLE b ()")
    target.apply()
    target.remove("0002_b")
    assert target.results(target.apply()) == []
    assert [row.patch_id for row in target.plan().without_file] == ["0002_b"]


@pytest.mark.experiment("F23")
@pytest.mark.parametrize(
    ("damage", "instruction"),
    [
        ("DROP TABLE rdspatch.ledger", "restore the table from a backup"),
        ("ALTER TABLE rdspatch.ledger RENAME TO gone", "restore the table from a backup"),
        ("ALTER TABLE rdspatch.ledger DROP COLUMN checksum", "has another shape"),
    ],
)
def test_a_damaged_ledger_is_refused_and_nothing_is_applied(target: Target, damage: str, instruction: str) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.apply()
    target.execute(damage)
    target.execute("DROP TABLE a")
    with pytest.raises(LedgerUnusable, match=instruction):
        target.apply()
    with pytest.raises(LedgerUnusable, match=instruction):
        target.plan()
    assert target.value("SELECT to_regclass('a') IS NULL") is True


@pytest.mark.experiment("F23")
def test_a_ledger_that_is_locked_is_refused_and_nothing_is_applied(target: Target, connect: Callable[..., Any]) -> None:
    target.apply()
    target.patch("0001_a", "CREATE TABLE a ()")
    connect().run("BEGIN; LOCK TABLE rdspatch.ledger IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(ReadBlocked, match=r"holds AccessExclusiveLock on rdspatch\.ledger\. End that session"):
        target.apply()
    assert target.value("SELECT to_regclass('a') IS NULL") is True


EMPTY_EVERYTHING = """
DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname !~ '^pg_|^information_schema$'
    LOOP EXECUTE format('TRUNCATE %s CASCADE', t); END LOOP;
END $$"""
"""What a test suite does to a database that it takes for its own."""


@pytest.mark.experiment("F23")
@pytest.mark.parametrize(
    "removal",
    [
        "TRUNCATE rdspatch.ledger",
        "TRUNCATE a, rdspatch.ledger RESTART IDENTITY CASCADE",
        EMPTY_EVERYTHING,
        "DELETE FROM rdspatch.ledger",
        "DELETE FROM rdspatch.ledger WHERE patch_id = '0001_a'",
        "WITH gone AS (DELETE FROM rdspatch.ledger RETURNING *) SELECT * FROM gone",
    ],
)
def test_no_row_is_taken_out_of_the_ledger_and_whoever_tries_is_told_what_to_do(target: Target, removal: str) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.apply()
    with pytest.raises(pg8000.exceptions.DatabaseError) as refused:
        target.execute(removal)
    response = refused.value.args[0]
    assert response["M"] == "the rows of rdspatch.ledger stay: without its row, a patch would run again"
    assert response["H"] == "Leave the schema rdspatch out of what empties tables."
    assert target.applied() == ["0001_a"]
    assert target.plan().pending == ()


@pytest.mark.experiment("F23")
def test_a_ledger_that_was_restored_from_a_dump_keeps_its_rows_too(
    target: Target, postgres_server: EmbeddedPostgres, database_name: str
) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.apply()
    before = target.ledger()
    printed = printed_by_pg_dump(postgres_server, database_name, "--schema=rdspatch", "--inserts")
    target.execute("DROP SCHEMA rdspatch CASCADE")
    target.execute("\n".join(line for line in printed.splitlines() if not line.startswith("\\")))
    assert target.ledger() == before
    with pytest.raises(pg8000.exceptions.DatabaseError, match="without its row, a patch would run again"):
        target.execute("TRUNCATE rdspatch.ledger")


def _only_reads(target: Target, login: str, grants: str) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    target.apply()
    target.patch("0002_b", "CREATE TABLE b ()")
    target.execute(grants.format(login=login))
    target.execute(f"GRANT CREATE ON SCHEMA public TO {login}")
    target.database.database = open_target(target.url_of(login))


@pytest.mark.experiment("F23")
def test_a_role_that_may_not_read_the_ledger_is_told_what_to_grant(target: Target, login: str) -> None:
    _only_reads(target, login, "SELECT 1")
    with pytest.raises(AccessDenied, match=r"permission denied for schema rdspatch .*GRANT USAGE"):
        target.apply_once()


@pytest.mark.experiment("F23")
def test_a_role_that_may_not_write_the_ledger_applies_nothing(target: Target, login: str) -> None:
    grants = "GRANT USAGE ON SCHEMA rdspatch TO {login}; GRANT SELECT ON ALL TABLES IN SCHEMA rdspatch TO {login}"
    _only_reads(target, login, grants)
    message = target.fails()
    assert message.startswith("LedgerUnusable: 0002_b.sql: it cannot be recorded in the schema rdspatch")
    assert target.value("SELECT to_regclass('b') IS NULL") is True


def test_a_role_that_may_not_create_the_ledger_is_told_what_to_grant(target: Target, login: str) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    database = open_target(target.url_of(login))
    with pytest.raises(LedgerUnusable, match="needs CREATE on the database"):
        target.apply_once(database=database)


def _set_read_only(target: Target) -> None:
    target.execute(f"ALTER DATABASE {target.value('SELECT current_database()')} SET default_transaction_read_only = on")


@pytest.mark.experiment("F23")
def test_a_read_only_database_is_refused_before_its_first_patch(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    _set_read_only(target)
    with pytest.raises(LedgerUnusable, match="default_transaction_read_only"):
        target.apply()
    assert target.value("SELECT to_regnamespace('rdspatch') IS NULL") is True


@pytest.mark.experiment("F23")
def test_a_database_that_became_read_only_is_refused(target: Target) -> None:
    target.apply()
    target.patch("0001_a", "CREATE TABLE a ()")
    _set_read_only(target)
    assert "default_transaction_read_only" in target.fails()
    assert target.applied() == []


def test_planning_on_an_unpatched_database_creates_nothing(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE a ()")
    assert [step.locked.patch.name for step in target.plan().pending] == ["0001_a"]
    assert target.value("SELECT to_regnamespace('rdspatch') IS NULL") is True
