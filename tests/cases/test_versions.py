"""Patches for servers of several major versions: proven on each, and refused where one would read them otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.patch_files import load_lock_file
from rdspatch.authoring.postgres_releases import MAJORS, throwaway_postgres
from rdspatch.core.lockfile import render
from rdspatch.core.proof import Hazard, HazardKind
from tests.trap import trapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import Printed, Shell

pytestmark = pytest.mark.slow

OLDEST, NEWER = MAJORS[0], 17
TABLE = "CREATE TABLE t (id int PRIMARY KEY, a int, b text);"
LIMITS = "INSERT INTO t (id, a) SELECT 1, 100_000 WHERE NOT EXISTS (SELECT FROM t);"
BY_VERSION = "DO $$ BEGIN IF current_setting('server_version_num')::int >= 160000 THEN {} END IF; END $$;"
OTHERWISE = "0001_x.sql: on PostgreSQL 17: comes out otherwise than on PostgreSQL 14, by whose proof runs go"
CASES = {
    "another type": (
        BY_VERSION.format("ALTER TABLE t ALTER COLUMN a TYPE bigint;"),
        f"{OTHERWISE}: column public.t.a: it changes column public.t.a: type integer -> bigint, and on 14 does nothing",
    ),
    "a default that an older server reads otherwise": (
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS w interval DEFAULT interval '1.99 years';",
        f"{OTHERWISE}: column public.t.w: default is '2 years'::interval, expected '1 year 11 mons'::interval",
    ),
    "what the older server does not know": (
        "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a) NULLS NOT DISTINCT;",
        '0001_x.sql:2: on PostgreSQL 14: syntax error at or near "NULLS" (SQLSTATE 42601)',
    ),
    "what both refuse": ("ALTER TABLE t ADD COLUMN id int;", '0001_x.sql:2: column "id" of relation "t" already'),
    "a number": (LIMITS, "0001_x.sql:2: `100_000` is one number from PostgreSQL 16 on; PostgreSQL 14 reads `100` and"),
}
ALIKE = (
    "CREATE OR REPLACE VIEW v AS SELECT t.id, u.a FROM t JOIN t u USING (id) WHERE t.a BETWEEN 1 AND 3 AND u.a IN (1);",
    "CREATE INDEX IF NOT EXISTS i ON t (lower(b)) WHERE a BETWEEN 1 AND 2 AND b IN ('x', 'y');",
    "CREATE OR REPLACE VIEW one_table AS SELECT id, a FROM t WHERE a IN (1, 2);",
    "CREATE TABLE IF NOT EXISTS u (LIKE t INCLUDING ALL);",
)


@pytest.fixture(scope="module")
def oldest() -> Iterator[EmbeddedPostgres]:
    with throwaway_postgres(OLDEST) as server:
        yield trapped(server)


@pytest.fixture(scope="module")
def newer() -> Iterator[EmbeddedPostgres]:
    with throwaway_postgres(NEWER) as server:
        yield trapped(server)


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.patches.write("baseline.sql", TABLE)
    return shell


def for_both(shell: Shell, *words: str) -> Printed:
    (shell.patches.path.parent / "pyproject.toml").write_text('[tool.rdspatch]\nserver = ["17", "14"]\n')
    return shell.on_patches("lock", *words)


@pytest.mark.parametrize("name", CASES)
def test_what_does_not_come_out_the_same_is_refused(
    project: Shell, oldest: EmbeddedPostgres, newer: EmbeddedPostgres, name: str
) -> None:
    sql, says = CASES[name]
    project.patches.patch("0001_x", sql)
    printed = for_both(project, "--scratch", newer.url("postgres"), "--scratch", oldest.url("postgres"))
    assert printed.code in (1, 2)
    assert says in printed.err
    assert printed.err.count("0001_x.sql") == 1
    assert not (project.patches.path / "patches.lock.json").exists()


def test_what_does_is_proven_on_each_and_is_no_note_on_either(
    project: Shell, oldest: EmbeddedPostgres, newer: EmbeddedPostgres
) -> None:
    for number, sql in enumerate(ALIKE, start=1):
        project.patches.patch(f"{number:04}_x", sql)
    assert for_both(project).out == "patches.lock.json written: 4 patches\n"
    lock: Any = json.loads((project.patches.path / "patches.lock.json").read_text())
    assert lock["server"] == [OLDEST, NEWER]
    project.patches.patch("0005_x", "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int;")
    scratch = ("--scratch", oldest.url("postgres"), "--scratch", newer.url("postgres"))
    assert for_both(project, *scratch).code == 0
    whole = (project.patches.path / "patches.lock.json").read_text()
    assert for_both(project, *scratch, "--all").out == "patches.lock.json is up to date: 5 patches\n"
    assert for_both(project, "--check", *scratch).code == 0
    for server in (oldest, newer):
        with server.connect() as connection:
            connection.run("CREATE DATABASE target")
        with server.connect("target") as connection:
            connection.run(TABLE)
        for command in ("plan", "apply", "verify", "drift"):
            printed = project.on_patches(command, "--database", server.url("target"))
            assert (printed.code, "proven on" in printed.err) == (0, False), (command, printed)
    assert whole == (project.patches.path / "patches.lock.json").read_text()


def test_an_edited_entry_of_the_lock_file_does_not_count_on_any_version(
    project: Shell, oldest: EmbeddedPostgres, newer: EmbeddedPostgres
) -> None:
    """What is known is replayed on every version; where the lowest finds something else, all of it is proven again."""
    project.patches.patch("0001_x", "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int;")
    scratch = ("--scratch", oldest.url("postgres"), "--scratch", newer.url("postgres"))
    assert for_both(project, *scratch).code == 0
    file = project.patches.path / "patches.lock.json"
    right = file.read_text()
    lock = load_lock_file(project.patches.path)
    invented = Hazard(kind=HazardKind.REWRITE, line=2, on="public.t", sentence="on no version")
    edited = replace(lock.patches[0], effects=(), hazards=(invented,))
    file.write_text(render(replace(lock, patches=(edited,))))
    assert for_both(project, *scratch).out == "patches.lock.json written: 1 patch\n"
    assert file.read_text() == right


def test_a_number_that_the_target_reads_otherwise_is_refused_before_anything_runs(
    project: Shell, oldest: EmbeddedPostgres
) -> None:
    project.patches.patch("0001_x", LIMITS)
    assert project.on_patches("lock").code == 0
    with oldest.connect() as connection:
        connection.run("CREATE DATABASE limits")
    with oldest.connect("limits") as connection:
        connection.run(TABLE)
        url = oldest.url("limits")
        for command in ("plan", "apply"):
            printed = project.on_patches(command, "--database", url)
            assert printed.code == 3
            assert "0001_x.sql: the server is PostgreSQL 14 and reads it otherwise: line 2: `100_000`" in printed.err
        assert connection.run("SELECT count(*) FROM t") == [[0]]


def test_each_version_that_the_project_names_has_a_server_and_no_version_has_two(
    project: Shell, oldest: EmbeddedPostgres
) -> None:
    project.patches.patch("0001_x", "SELECT 1;")
    url = oldest.url("postgres")
    says = "names PostgreSQL 17, and none of the given servers is one; give one by another --scratch URL, or have one "
    assert says in for_both(project, "--scratch", url).err
    assert (
        "PostgreSQL 14 is given twice; give one server of" in for_both(project, "--scratch", url, "--scratch", url).err
    )
    assert for_both(project, "--scratch", url, "--server", "17").code == 0
