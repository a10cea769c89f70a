"""plan, apply, verify and status without a database that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

COMMANDS = ("plan", "apply", "verify", "status")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_that_is_down_ends_with_4(shell: Shell, command: str) -> None:
    down = "postgresql://me:CANARY@127.0.0.1:1/mesh?sslmode=disable"
    printed = shell.on_patches(command, "--database", down)
    assert (printed.code, printed.out) == (4, "")
    assert printed.err.startswith("DatabaseUnreachable: database mesh at 127.0.0.1:1: no connection (")
    assert "CANARY" not in printed.err


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_database_the_option_and_the_variable_are_named(shell: Shell, command: str) -> None:
    printed = shell.on_patches(command)
    assert (printed.code, printed.out) == (2, "")
    assert "--database" in printed.err
    assert "RDSPATCH_DATABASE_URL" in printed.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bad_url_is_refused_with_every_problem(shell: Shell, command: str) -> None:
    printed = shell.on_patches(command, "--database", "mysql://h")
    assert printed.code == 2
    assert printed.err.startswith("BadSettings: 3 problems in the settings:")
