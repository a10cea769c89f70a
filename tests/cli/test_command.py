"""The command itself: help, configuration, and the installed script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.cli import app

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell, Printed, Shell

SCRIPT = Path(sys.executable).with_name("rdspatch")
COMMANDS = sorted(app.COMMANDS)


def test_the_commands_of_the_manual_are_there() -> None:
    manual = {"apply", "bundle", "demo", "drift", "lock", "new", "plan", "rehearse", "status", "verify"}
    assert manual <= set(COMMANDS)


def test_help_names_every_command_and_every_exit_code(shell: Shell) -> None:
    printed = shell.type("--help")
    assert printed.code == 0
    assert all(f" {command} " in printed.out for command in COMMANDS)
    assert all(f"{code} " in printed.out.partition("Exit codes:")[2] for code in range(6))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_is_for(shell: Shell, command: str) -> None:
    printed = shell.type(command, "--help")
    assert (printed.code, printed.err) == (0, "")
    assert f"Usage: rdspatch {command}" in printed.out


def test_without_a_command_the_help_is_shown(shell: Shell) -> None:
    printed = shell.type()
    assert printed.code == 2
    assert "Usage: rdspatch" in printed.out + printed.err


@pytest.mark.parametrize("words", [("aply",), ("plan", "--databse", "x"), ("plan", "--format", "xml"), ("new",)])
def test_what_is_no_command_or_option_ends_with_2(shell: Shell, words: tuple[str, ...]) -> None:
    printed = shell.type(*words)
    assert (printed.code, printed.out) == (2, "")
    assert "Error" in printed.err


def configured(shell: Shell, text: str | bytes) -> Printed:
    file = shell.patches.path.parent / "pyproject.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return shell.type("lock")


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'x'\n", "[tool.other]\n", '[tool.rdspatch]\npatches = "patches"\n']
)
def test_patches_are_found_by_configuration_or_by_default(shell: Shell, text: str) -> None:
    printed = configured(shell, text)
    assert (printed.code, printed.out) == (0, "patches.lock.json written: 0 patches\n")


def test_the_nearest_configuration_above_counts(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = shell.patches.path.parent / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert configured(shell, '[tool.rdspatch]\npatches = "patches"\n').code == 0


def test_the_option_goes_before_the_configuration(shell: Shell) -> None:
    configured(shell, '[tool.rdspatch]\npatches = "nowhere"\n')
    assert shell.type("lock").code == 2
    assert shell.on_patches("lock").code == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[tool.rdspatch]\npatch = "x"\n', "[tool.rdspatch] patch: unknown key; known are drift, models"),
        ("[tool.rdspatch]\npatches = 3\n", "[tool.rdspatch] patches: is no text"),
        ("[tool.rdspatch\n", "pyproject.toml: cannot be read: "),
        (b"\xff\xfe", "pyproject.toml: cannot be read: "),
        ("tool = 3\n", "tool.rdspatch: is no table; write it as [tool.rdspatch]"),
        ("[tool]\nrdspatch = 3\n", "tool.rdspatch: is no table"),
    ],
)
def test_a_bad_configuration_is_refused_with_its_file_and_key(shell: Shell, text: str | bytes, complaint: str) -> None:
    printed = configured(shell, text)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("BadSettings: ")
    assert complaint in printed.err


def test_all_problems_of_a_configuration_are_reported_together(shell: Shell) -> None:
    assert configured(shell, "[tool.rdspatch]\npatches = 3\na = 1\nb = 2\n").err.startswith("BadSettings: 3 problems")


def test_the_installed_script_prints_results_and_errors_apart(database: DatabaseShell) -> None:
    database.patches.patch("0001_a", "SELECT missing;")
    words = ["apply", "--patches", database.patches.path, "--database", database.url, "--format", "json"]
    done = subprocess.run([SCRIPT, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["outcomes"][0]["result"] == "failed"
    assert done.stderr.startswith("PatchFailed: 0001_a.sql:2:8: ")
    assert "Traceback" not in done.stderr
