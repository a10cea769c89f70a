"""Patches that were merged are held against what git has of them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell

WHO = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *WHO, *words], cwd=folder, check=True, capture_output=True)


def commit(shell: Shell, message: str) -> None:
    git(shell.patches.path, "add", ".")
    git(shell.patches.path, "commit", "-qm", message)


@pytest.fixture
def merged(shell: Shell) -> Shell:
    """Two patches on main, and a branch that is checked out."""
    shell.patches.patch("0001_n", "CREATE TABLE IF NOT EXISTS n (a text);")
    shell.patches.patch("0003_m", "CREATE TABLE IF NOT EXISTS m (a text);")
    git(shell.patches.path, "init", "-q", "-b", "main")
    commit(shell, "one")
    git(shell.patches.path, "checkout", "-qb", "work")
    shell.patches.patch("0004_x", "CREATE TABLE IF NOT EXISTS x (a text);")
    commit(shell, "two")
    return shell


def edit(shell: Shell) -> None:
    shell.patches.patch("0001_n", "CREATE TABLE IF NOT EXISTS n (a int);")


def rename(shell: Shell) -> None:
    (shell.patches.path / "0003_m.sql").rename(shell.patches.path / "0005_m.sql")


def delete(shell: Shell) -> None:
    (shell.patches.path / "0001_n.sql").unlink()


def add_early(shell: Shell) -> None:
    shell.patches.patch("0002_between", "CREATE TABLE IF NOT EXISTS b (a text);")


WRONG = {
    "edited": (edit, "0001_n.sql: was edited, and main has it already; restore it (`git checkout main -- 0001_n.sql`)"),
    "renamed": (rename, "0003_m.sql: was renamed to 0005_m.sql, and main has it already; give it its name back"),
    "deleted": (delete, "0001_n.sql: is gone, and main has it already; restore it"),
    "early": (add_early, "0002_between.sql: sorts before 0003_m.sql, which main has already; give it the next free"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_was_merged_stays_as_it_was(merged: Shell, kind: str) -> None:
    change, message = WRONG[kind]
    change(merged)
    commit(merged, "three")
    for words in (("lint",), ("lock", "--check")):
        printed = merged.on_patches(*words, "--since", "main")
        assert printed.code == 2
        assert printed.err.startswith("BadPatches: 1 problem in the patches:\n  " + message)
        assert "BadPatches" in merged.on_patches(*words).err, "main is the base where nothing else is named"


def test_new_patches_and_other_line_ends_are_no_difference(merged: Shell) -> None:
    file = merged.patches.path / "0001_n.sql"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    printed = merged.on_patches("lint", "--since", "main")
    assert (printed.code, printed.err) == (0, "")


def test_a_patch_that_was_not_merged_may_be_edited(merged: Shell) -> None:
    merged.patches.patch("0004_x", "CREATE TABLE IF NOT EXISTS x (a int);")
    assert merged.on_patches("lint", "--since", "main").code == 0
    assert merged.on_patches("lint").code == 0
    assert "0004_x.sql: was edited" in merged.on_patches("lint", "--since", "HEAD").err


def test_on_the_main_branch_without_a_remote_nothing_is_compared_by_itself(merged: Shell) -> None:
    git(merged.patches.path, "checkout", "-q", "main")
    edit(merged)
    assert merged.on_patches("lint").code == 0
    assert merged.on_patches("lint", "--since", "HEAD").code == 2


def test_the_remote_main_branch_goes_before_the_local_one(merged: Shell, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(merged.patches.path), "copy")
    copy = tmp_path / "copy"
    git(merged.patches.path, "checkout", "-q", "main")
    git(copy, "fetch", "-q")
    git(copy, "remote", "set-head", "origin", "main")
    (copy / "0001_n.sql").unlink()
    printed = merged.type("lint", "--patches", str(copy))
    assert printed.code == 2
    assert "0001_n.sql: is gone" in printed.err


def test_a_commit_that_is_not_there_is_refused(merged: Shell) -> None:
    printed = merged.on_patches("lint", "--since", "no-such-branch")
    assert printed.code == 2
    assert printed.err.startswith("BadInput: 1 problem in the input:\n  --since no-such-branch: git does not know it")


def test_outside_of_a_checkout_nothing_is_compared_unless_asked_for(shell: Shell) -> None:
    shell.patches.patch("0001_n", "CREATE TABLE IF NOT EXISTS n (a text);")
    assert shell.on_patches("lint").code == 0
    assert shell.on_patches("lint", "--since", "main").code == 2


def test_a_stale_lock_file_says_restore_first(shell: Shell) -> None:
    shell.patches.patch("0001_n", "CREATE TABLE IF NOT EXISTS n (a text);")
    assert shell.on_patches("lock").code == 0
    edit(shell)
    printed = shell.on_patches("lock", "--check")
    assert printed.code == 3
    assert "; restore it when it was merged or applied anywhere; otherwise run `rdspatch lock`" in printed.err
