"""A baseline that pg_dump wrote for psql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

DUMP = (
    "--\n-- PostgreSQL database dump\n--\n\\restrict {0}\n\nCREATE TABLE public.u (id integer);\n\n\\unrestrict {0}\n\n"
)


def test_the_lines_that_restrict_psql_are_passed_over(shell: Shell) -> None:
    shell.patches.write("baseline.sql", DUMP.format("XhA29dKq1"))
    shell.patches.patch("0001_q", "ALTER TABLE u ADD COLUMN IF NOT EXISTS q int;")
    assert shell.on_patches("lint").code == 0
    assert shell.on_patches("lock").code == 0
    shell.patches.write("baseline.sql", DUMP.format("anotherDumpsWord"))
    assert shell.on_patches("lock", "--check").code == 0, "another dump of the same schema is the same baseline"


@pytest.mark.parametrize("command", ["\\connect other", "\\i more.sql", "\\set ON_ERROR_STOP on", "\\restrict"])
def test_any_other_command_of_psql_is_named_with_its_line(shell: Shell, command: str) -> None:
    shell.patches.write("baseline.sql", f"CREATE TABLE u (id int);\n{command}\n")
    shell.patches.patch("0001_q", "SELECT 1;")
    word = command.split(maxsplit=1)[0]
    printed = shell.on_patches("lock")
    assert printed.code == 1
    assert f"baseline.sql:2: `{word}` is a command of psql; the server does not know it" in printed.err
    assert f"`{word}` is a command of psql" in shell.on_patches("lint").out


def test_what_a_dump_gives_to_a_superuser_is_the_owners_to_change(shell: Shell) -> None:
    """Every dump without `--no-owner` names its owners; here one of them is the superuser of the scratch server."""
    owned = "\n".join(
        f"ALTER {what} OWNER TO postgres;"
        for what in (
            "TABLE public.u",
            "SEQUENCE public.s",
            "VIEW public.v",
            "FUNCTION public.f()",
            "TYPE public.e",
            "SCHEMA app",
            "TABLE app.t",
        )
    )
    shell.patches.write(
        "baseline.sql",
        "CREATE SCHEMA app; CREATE TABLE public.u (id int); CREATE SEQUENCE public.s; CREATE TABLE app.t ();"
        "CREATE VIEW public.v AS SELECT 1 AS a; CREATE TYPE public.e AS ENUM ('a');"
        f"CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1';\n{owned}\n",
    )
    shell.patches.patch(
        "0001_a",
        "ALTER TABLE u ADD COLUMN IF NOT EXISTS n text; CREATE TABLE IF NOT EXISTS app.x ();\n"
        "ALTER TYPE e ADD VALUE IF NOT EXISTS 'b'; CREATE OR REPLACE VIEW v AS SELECT 1 AS a, 2 AS b;",
    )
    printed = shell.on_patches("lock")
    assert (printed.code, printed.err) == (0, "")
