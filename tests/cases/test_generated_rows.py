"""What the proof finds out by rows of its own, and what it does not hold against a patch for want of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

pytestmark = pytest.mark.slow

CYCLE = """
CREATE TABLE zones (id bigint PRIMARY KEY);
CREATE TABLE accounts (
    id bigint PRIMARY KEY, zone_id bigint NOT NULL REFERENCES zones (id), visits bigint NOT NULL DEFAULT 0
);
CREATE TABLE teams (id bigint PRIMARY KEY, size integer);
CREATE TABLE users (id bigint PRIMARY KEY, age integer, team_id bigint REFERENCES teams (id));
ALTER TABLE teams ADD COLUMN owner_id bigint REFERENCES users (id);
"""


def test_a_cycle_of_foreign_keys_hides_no_patch_that_cannot_run_twice(shell: Shell) -> None:
    shell.patches.write("baseline.sql", CYCLE)
    for table, column in (("accounts", "visits"), ("teams", "size"), ("users", "age")):
        shell.patches.patch("0001_x", f"UPDATE {table} SET {column} = {column} + 1;")
        printed = shell.on_patches("lock")
        assert printed.code == 1
        assert "a second run is not without effect" in printed.err


def test_a_guarded_backfill_from_a_parent_passes_whether_rows_can_be_made_for_it_or_not(shell: Shell) -> None:
    fill = "UPDATE orders SET team_id = (SELECT min(id) FROM teams) WHERE team_id IS NULL;"
    for check in ("code ~ '^T[0-9]{4}-[a-z]+$'", "length(code) = 12 AND code = upper(code)", "md5(code) = code"):
        teams = f"CREATE TABLE teams (id serial PRIMARY KEY, code text NOT NULL CHECK ({check}));"
        shell.patches.write("baseline.sql", f"{teams} CREATE TABLE orders (id serial PRIMARY KEY, team_id integer);")
        shell.patches.patch("0001_fill", fill, "statement-timeout: 5min")
        assert shell.on_patches("lock").code == 0


def test_tables_that_stay_empty_are_one_line_whatever_the_number_of_patches(shell: Shell) -> None:
    shell.patches.write("baseline.sql", "CREATE TABLE odd (a integer CHECK (false)); CREATE TABLE even (a integer);")
    for number in range(1, 4):
        shell.patches.patch(f"{number:04}_x", f"ALTER TABLE even ADD COLUMN IF NOT EXISTS c{number} integer;")
    printed = shell.on_patches("lock")
    assert printed.code == 0
    why = 'new row for relation "odd" violates check constraint "odd_check"'
    assert printed.err.splitlines() == [f"note: no rows could be generated for 1 table: public.odd ({why})"]


def test_whatever_a_patch_returns_ends_no_command(shell: Shell) -> None:
    shell.patches.write("baseline.sql", "CREATE TABLE u (id bigint PRIMARY KEY);")
    for value in ("'24:00'::time", "'[0:1]={5,6}'::int[]", "'infinity'::date", "'0044-03-15 BC'::date", "ROW(1, 'a')"):
        shell.patches.patch("0001_a", f"SELECT {value}; ALTER TABLE u ADD COLUMN IF NOT EXISTS name text;")
        assert shell.on_patches("lock").code == 0
    assert shell.on_patches("lock", "--check").code == 0
