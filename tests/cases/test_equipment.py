"""Patches that need more than the embedded server has: they are told where to find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell, Shell

pytestmark = pytest.mark.slow

IN_POSTGRES = {
    "pgcrypto": "CREATE EXTENSION IF NOT EXISTS pgcrypto",
    "uuid-ossp": 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"',
    "ICU": "CREATE COLLATION IF NOT EXISTS german (provider = icu, locale = 'de-DE')",
    "xml": "ALTER TABLE t ADD COLUMN IF NOT EXISTS page xml DEFAULT '<a/>'",
}
ELSEWHERE = {
    "PostGIS": "CREATE EXTENSION IF NOT EXISTS postgis",
    "a type": "ALTER TABLE t ADD COLUMN IF NOT EXISTS place geometry(Point, 4326)",
    "a function": "SELECT st_makepoint(1, 2)",
    "a collation": 'ALTER TABLE t ADD COLUMN IF NOT EXISTS name text COLLATE "xx-x-icu"',
}
ADVICE = "`--server 18` is one with all of PostgreSQL's own extensions, ICU and XML, `--scratch URL` one of yours"


@pytest.mark.parametrize("name", [*IN_POSTGRES, *ELSEWHERE])
def test_a_patch_that_the_embedded_server_cannot_take_is_told_of_others(shell: Shell, name: str) -> None:
    shell.patches.write("baseline.sql", "CREATE TABLE t (id integer);")
    shell.patches.patch("0001_x", f"{(IN_POSTGRES | ELSEWHERE)[name]};")
    printed = shell.on_patches("lock")
    assert (printed.code, ADVICE in " ".join(printed.err.split())) == (1, True)


def test_so_is_a_baseline_and_a_plain_mistake_is_not(shell: Shell) -> None:
    shell.patches.write("baseline.sql", f"{IN_POSTGRES['pgcrypto']};")
    shell.patches.patch("0001_x", "SELECT 1;")
    assert ADVICE in shell.on_patches("lock").err
    shell.patches.write("baseline.sql", "CREATE TABLE t (id integer);")
    shell.patches.patch("0001_x", "ALTER TABLE t ADD COLUMN id integer;")
    assert "--server" not in shell.on_patches("lock").err


def test_the_server_of_the_option_or_of_the_configuration_takes_them(database: DatabaseShell) -> None:
    database.patches.write("baseline.sql", "CREATE TABLE t (id integer);")
    for number, sql in enumerate(IN_POSTGRES.values(), start=1):
        database.patches.patch(f"{number:04}_x", f"{sql};")
    assert database.on_patches("lock", "--server", "18").out == "patches.lock.json written: 4 patches\n"
    project = database.patches.path.parent
    (project / "pyproject.toml").write_text("[tool.rdspatch]\nserver = 18\n")
    assert database.on_patches("lock", "--check").code == 0
    (project / "pyproject.toml").write_text('[tool.rdspatch]\nserver = "eighteen"\n')
    assert 'names no major version of PostgreSQL; write 18, or ["14", "17"]' in database.on_patches("lock").err


def test_a_version_that_cannot_be_had_is_an_error_with_the_ways_out(shell: Shell) -> None:
    shell.patches.write("baseline.sql", "CREATE TABLE t (id integer);")
    shell.patches.patch("0001_x", "SELECT 1;")
    printed = shell.on_patches("lock", "--server", "12")
    assert (printed.code, "--scratch URL" in printed.err) == (2, True)
