"""What `explain` says of patches that take something away, of new types, and of patches without a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

BASELINE = """
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE t (id bigint PRIMARY KEY, a int DEFAULT 1, s state, c char(8), f double precision);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE TABLE big (id bigint PRIMARY KEY, a int);
"""
TRANSACTION = "transaction: none"


def hazards(shell: Shell, number: int) -> list[tuple[str, str]]:
    explained = shell.on_patches("explain", str(number), "--format", "json")
    return [(hazard["hazard"], hazard["sentence"]) for hazard in explained.json["hazards"]]


def last_line(shell: Shell, number: int) -> str:
    return shell.on_patches("explain", str(number)).out.rstrip().splitlines()[-1].strip()


def test_only_a_patch_that_only_adds_is_said_to(shell: Shell) -> None:
    shell.patches.write("baseline.sql", BASELINE)
    shell.patches.patch("0001_adds", "ALTER TABLE t ADD COLUMN IF NOT EXISTS more text;")
    shell.patches.patch("0002_grows", "ALTER TYPE state ADD VALUE IF NOT EXISTS 'later';")
    shell.patches.patch("0003_looks", "SELECT 1;")
    shell.patches.patch("0004_drops", "DROP VIEW IF EXISTS v;")
    shell.patches.patch("0005_revokes", "REVOKE ALL ON t FROM PUBLIC;")
    assert shell.on_patches("lock").code == 0
    assert [last_line(shell, number) for number in range(1, 6)] == [
        "none: it only adds",
        "none: it takes nothing away, and changes what is there",
        "none",
        "removes, line 2: drops the view public.v: whoever reads it is refused",
        (
            "access, line 2: takes every privilege on t from everybody, where it was granted: "
            "statements that need it are refused"
        ),
    ]


def test_a_type_is_narrower_when_a_value_does_not_survive_and_not_when_it_has_another_name(shell: Shell) -> None:
    shell.patches.write("baseline.sql", BASELINE)
    renames = "DO $$ BEGIN IF to_regtype('state') IS NOT NULL THEN ALTER TYPE state RENAME TO job; END IF; END $$;"
    shell.patches.patch("0001_renames", renames)
    shell.patches.patch("0002_same", "ALTER TABLE t ALTER COLUMN c TYPE varchar(8);")
    shell.patches.patch("0003_fewer", "ALTER TABLE t ALTER COLUMN f TYPE numeric;")
    given = "DROP VIEW v;"
    shell.patches.write("baseline.sql", BASELINE + given)
    assert shell.on_patches("lock").code == 0
    renamed = "renames the type public.state to job: whoever names it is refused"
    assert hazards(shell, 1) == [("removes", renamed)]
    assert [kind for kind, _ in hazards(shell, 2)] == ["rewrite"]
    assert hazards(shell, 3)[0] == (
        "destructive",
        "narrows public.t.f from double precision to numeric: 0.30000000000000004 is refused or comes back as 0.3",
    )


def test_a_patch_without_transaction_blocks_only_where_somebody_is(shell: Shell) -> None:
    shell.patches.write("baseline.sql", BASELINE)
    sql = (
        "CREATE TABLE IF NOT EXISTS fresh (id bigint PRIMARY KEY, state text);\n"
        "CREATE INDEX IF NOT EXISTS fresh_state ON fresh (state);\n"
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS big_a ON big (a);\n"
        "CREATE INDEX IF NOT EXISTS big_b ON big (a, id);"
    )
    shell.patches.patch("0001_new", sql, TRANSACTION)
    assert shell.on_patches("lock").code == 0
    until = "builds an index on public.big under ShareLock: nobody else writes to it until the statement is done"
    assert hazards(shell, 1) == [("blocking-index", until)]
