"""What goes wrong before anything is done: one clear error, the exit code that is documented, nothing left behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import rdspatch.cli
from rdspatch.adapters.patch_files import read_patch_files, write_lock_file
from rdspatch.authoring.lock import lock
from rdspatch.cli import app
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import LockedBaseline, LockFile, render
from rdspatch.core.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.cli.conftest import Shell

PROVEN = LockFile(baseline=LockedBaseline(checksum="0", schema=Schema({})), server=18, search_path=("app",))
DOWN = "postgresql://me:secret@127.0.0.1:1/mesh?sslmode=disable"


@pytest.fixture
def proven_with_app(shell: Shell) -> Shell:
    """Patches that were proven with the schema `app` on the search path."""
    shell.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    patches = lock(parse_directory(read_patch_files(shell.patches.path)).patches)
    write_lock_file(shell.patches.path, render(replace(PROVEN, patches=patches)))
    return shell


@pytest.mark.parametrize("command", ["plan", "apply", "verify", "drift", "repair", "status"])
def test_another_search_path_than_that_of_the_proof_is_refused(proven_with_app: Shell, command: str) -> None:
    words = ("--drift",) if command == "status" else ()
    printed = proven_with_app.on_patches(command, "--database", DOWN, *words)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith(
        "BadSettings: 1 problem in the settings:\n  --database: gives the search path public,"
    )
    assert proven_with_app.on_patches(command, "--database", f"{DOWN}&search_path=app", *words).code == 4


def test_the_environments_of_a_matrix_are_held_to_it_too(proven_with_app: Shell) -> None:
    printed = proven_with_app.on_patches("status", "--drift", "--database", f"a={DOWN}")
    assert printed.code == 2
    assert "  --database a: gives the search path public," in printed.err


def test_status_alone_reads_the_ledger_which_has_no_search_path(proven_with_app: Shell) -> None:
    assert proven_with_app.on_patches("status", "--database", DOWN).code == 4


@pytest.mark.parametrize("command", [("lock",), ("baseline", "--database", DOWN)])
def test_a_scratch_server_that_cannot_be_is_called_by_its_option(
    shell: Shell, command: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdspatch.cli.baseline.read_ledger", lambda *_: None)
    monkeypatch.setattr("rdspatch.cli.baseline.read_live_schema", lambda *_: None)
    printed = shell.on_patches(*command, "--scratch", "nonsense")
    assert (printed.code, printed.out) == (2, "")
    assert "  --scratch: is no PostgreSQL URL; " in printed.err
    assert "--database" not in printed.err


def test_a_baseline_of_a_database_that_is_down_makes_no_directory(shell: Shell) -> None:
    assert shell.type("baseline", "--patches", "new/patches", "--database", DOWN).code == 4
    assert not Path("new").exists()


def test_a_file_in_the_place_of_the_patch_directory_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rdspatch.cli.baseline.read_ledger", lambda *_: None)
    monkeypatch.setattr("rdspatch.cli.baseline.read_live_schema", lambda *_: None)
    Path("file").touch()
    printed = shell.type("baseline", "--patches", "file", "--database", DOWN)
    assert printed.code == 2
    assert printed.err.endswith("file: cannot be the patch directory: File exists; name another one by --patches\n")


AWS = [
    ("status", "--audit-table", "t", "--target", "a"),
    ("history", "--audit-table", "t"),
    ("report", "r", "--audit-table", "t"),
    ("audit", "verify", "--audit-table", "t"),
    ("doctor", "--audit-table", "t"),
    ("doctor", "--function", "f"),
]


@pytest.mark.parametrize("words", AWS, ids=" ".join)
def test_without_a_region_every_command_says_what_to_set(
    shell: Shell, words: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    patches = ("--patches", str(shell.patches.path)) if words[0] == "status" else ()
    printed = shell.type(*words, *patches)
    assert (printed.code, printed.out) == (2, "")
    assert "AWS: You must specify a region; set AWS_DEFAULT_REGION, and " in printed.err
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert "You must specify a region" not in shell.type(*words, *patches).err


def test_ctrl_c_while_a_command_is_imported_leaves_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: Sequence[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "run", interrupted)
    with pytest.raises(SystemExit) as stopped:
        rdspatch.cli.main()
    assert stopped.value.code == 130


def test_a_directory_in_the_place_of_the_lock_file_is_said_in_one_sentence(shell: Shell) -> None:
    (shell.patches.path / "patches.lock.json").mkdir()
    printed = shell.on_patches("plan", "--database", DOWN)
    assert (printed.code, printed.out) == (3, "")
    assert "patches.lock.json: is neither a file nor a link; run `rdspatch lock`" in printed.err
