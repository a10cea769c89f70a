"""The order of the ledger is the order of the commits, whatever the clock of the server says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres.texts import text_of

if TYPE_CHECKING:
    from tests.acceptance.target import Target

FIRST_SHAPE = """
CREATE SCHEMA rdspatch;
CREATE TABLE rdspatch.ledger (
    patch_id text NOT NULL CONSTRAINT ledger_pkey PRIMARY KEY,
    checksum text NOT NULL,
    run_id text NOT NULL,
    run_started_at text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    applied_by text NOT NULL DEFAULT session_user,
    audited boolean NOT NULL DEFAULT false
);
CREATE TABLE rdspatch.progress (
    patch_id text NOT NULL,
    statement integer NOT NULL,
    mark text NOT NULL CHECK (mark IN ('intent', 'done')),
    run_id text NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT progress_pkey PRIMARY KEY (patch_id, statement)
);
"""
"""What the first version made."""
KEEPS_ROWS = """
CREATE FUNCTION rdspatch.keep_rows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$kept$$; END';
CREATE TRIGGER keep_rows BEFORE DELETE OR TRUNCATE ON rdspatch.ledger
    FOR EACH STATEMENT EXECUTE FUNCTION rdspatch.keep_rows();
"""
"""What the version after it added."""
EARLIER = {"the first shape": FIRST_SHAPE, "a ledger that keeps its rows": FIRST_SHAPE + KEEPS_ROWS}
each_earlier = pytest.mark.parametrize("earlier", EARLIER.values(), ids=EARLIER)
STEP_BACK = "UPDATE rdspatch.ledger SET applied_at = applied_at - interval '1 hour' WHERE patch_id = '{}'"
COLUMNS = """
SELECT attname::text, atttypid::regtype::text, attnotnull, attidentity::text FROM pg_attribute
WHERE attrelid = 'rdspatch.ledger'::regclass AND attnum > 0 ORDER BY attname
"""


def row(patch_id: str, applied_at: str) -> str:
    columns = "patch_id, checksum, run_id, run_started_at, applied_at"
    return f"INSERT INTO rdspatch.ledger ({columns}) VALUES ('{patch_id}', 'c', 'r', 's', '{applied_at}');"


def test_a_clock_that_steps_back_changes_no_order(target: Target) -> None:
    target.patch("0001_a", "CREATE TABLE IF NOT EXISTS a ()")
    target.apply()
    target.patch("0002_b", "DROP TABLE IF EXISTS a")
    target.apply()
    target.execute(STEP_BACK.format("0002_b"))
    assert target.applied() == ["0001_a", "0002_b"]
    assert target.verify() == ("0001_a", "0002_b")


@each_earlier
def test_an_earlier_ledger_is_read_by_its_clock_and_left_as_it_is(target: Target, earlier: str) -> None:
    target.execute(earlier + row("0002_b", "2026-01-01") + row("0001_a", "2026-01-02"))
    before = target.rows(COLUMNS)
    assert target.applied() == ["0002_b", "0001_a"]
    assert not target.ledger().is_numbered
    assert target.rows(COLUMNS) == before


@each_earlier
def test_an_earlier_ledger_is_numbered_by_the_next_run_and_ordered_from_then_on(target: Target, earlier: str) -> None:
    target.is_newer_than_files = True
    target.execute(earlier + row("0002_b", "2026-01-01") + row("0001_a", "2026-01-02"))
    target.patch("0003_c", "CREATE TABLE IF NOT EXISTS c ()")
    target.apply()
    target.execute(STEP_BACK.format("0003_c").replace("1 hour", "10 years"))
    assert target.applied() == ["0002_b", "0001_a", "0003_c"]
    assert target.rows("SELECT number FROM rdspatch.ledger ORDER BY number") == [[1], [2], [3]]


@each_earlier
def test_an_earlier_ledger_ends_as_a_new_one_does(target: Target, earlier: str) -> None:
    target.execute(earlier)
    target.patch("0003_c", "CREATE TABLE IF NOT EXISTS c ()")
    target.apply()
    migrated = target.rows(COLUMNS)
    target.execute("DROP SCHEMA rdspatch CASCADE; DROP TABLE c; CREATE SCHEMA rdspatch;" + text_of("ledger.sql"))
    assert target.rows(COLUMNS) == migrated
