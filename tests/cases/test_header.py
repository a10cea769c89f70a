"""Comments in a patch's header: what is a directive, what was meant as one, and what is prose."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

HEADER = """-- patch: Number {number}.
-- SPDX-License-Identifier: Apache-2.0
-- NOTE: see https://example.com
-- Author: Ada Lovelace <ada@example.com>
-- https://example.com/issues?id=7
-- It goes in two steps: first the column, then the index.
"""


def test_licence_notes_and_addresses_in_headers_are_comments(shell: Shell) -> None:
    for number in range(1, 31):
        sql = f"CREATE TABLE IF NOT EXISTS t{number} (id int);\n"
        shell.patches.write(f"{number:04}_x.sql", HEADER.format(number=number) + sql)
    linted = shell.on_patches("lint")
    assert (linted.code, linted.out, linted.err) == (0, "0 errors, 0 warnings\n", "")


def test_every_problem_of_a_kind_is_printed_below_its_cause(shell: Shell) -> None:
    for number in range(1, 91):
        shell.patches.patch(f"{number:04}_x", "SELECT 1;", "lock-timout: 5s", "SPDX-License-Identifier: MIT")
    for command in ("lint", "lock"):
        printed = shell.on_patches(command)
        assert printed.code == 2
        first, cause, places = printed.err.splitlines()
        assert first == "BadPatches: 90 problems in the patches:"
        assert cause.startswith("  90 times: unknown directive `lock-timout`; write `lock-timeout`")
        assert places.split() == [f"{number:04}_x.sql:2," for number in range(1, 90)] + ["0090_x.sql:2"]


def test_problems_that_differ_are_all_printed(shell: Shell) -> None:
    for number in range(1, 91):
        shell.patches.patch(f"{number:04}_x", "SELECT 1;", f"lock-timeout: {number}h")
    printed = shell.on_patches("lint")
    lines = printed.err.splitlines()[1:]
    assert [line.split(":")[0].strip() for line in lines] == [f"{number:04}_x.sql" for number in range(1, 91)]
    assert "…" not in printed.err


def test_allow_takes_the_names_that_lint_prints(shell: Shell) -> None:
    shell.patches.write("baseline.sql", "CREATE TABLE t (id bigint, a text);")
    rename = "ALTER TABLE t RENAME COLUMN a TO b;"
    shell.patches.patch("0001_x", f"DO $$ BEGIN IF true THEN {rename} END IF; END $$;")
    found = shell.on_patches("lint", "--format", "json").json["findings"]
    (rule,) = {finding["rule"] for finding in found}
    assert rule == "squawk/renaming-column"
    for name in (rule, rule.removeprefix("squawk/")):
        shell.patches.patch(
            "0001_x", f"DO $$ BEGIN IF true THEN {rename} END IF; END $$;", f"allow: {name} because both are read"
        )
        assert shell.on_patches("lint").out == "0 errors, 0 warnings\n"
    shell.patches.patch("0001_x", "SELECT 1;", "allow: squawk/drop-column because it is no rule of squawk's")
    assert "no rule is called squawk/drop-column" in shell.on_patches("lint").out
