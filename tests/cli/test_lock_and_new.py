"""lock and new: what they write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.lockfile import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell


def lock_file(shell: Shell) -> Path:
    return shell.patches.path / "patches.lock.json"


def test_lock_writes_the_lock_file_once(shell: Shell) -> None:
    shell.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    assert shell.on_patches("lock").out == "patches.lock.json written: 1 patch\n"
    written = lock_file(shell).read_text()
    assert list(json.loads(written)["patches"]) == ["0001_a"]
    assert shell.on_patches("lock").out == "patches.lock.json is up to date: 1 patch\n"
    assert lock_file(shell).read_text() == written


def test_check_agrees_with_what_lock_has_written(shell: Shell) -> None:
    shell.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    shell.on_patches("lock")
    assert shell.on_patches("lock", "--check").code == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "patches.lock.json: is missing; run `rdspatch lock` and commit the result"),
        ("{", "patches.lock.json: cannot be read: "),
        ("<<<<<<< HEAD\n", "patches.lock.json: cannot be read: "),
        ('{"version": 99, "patches": {}}', f"version 99, this rdspatch reads {VERSION}"),
        ('{"version": 1, "patches": {}}', f"version 1, this rdspatch reads {VERSION}; run `rdspatch lock`"),
        ("same but edited", "patches.lock.json: cannot be read: it was merged or edited by hand"),
        ("parsed only", "patches.lock.json: holds no proof"),
    ],
)
def test_check_writes_nothing_and_ends_with_3_when_the_lock_file_is_stale(
    shell: Shell, content: str | None, complaint: str
) -> None:
    shell.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    if content in ("same but edited", "parsed only"):
        shell.patches.lock()
        content = lock_file(shell).read_text() + ("\n" if content == "same but edited" else "")
    if content is not None:
        lock_file(shell).write_text(content)
    printed = shell.on_patches("lock", "--check")
    assert (printed.code, printed.out) == (3, "")
    assert complaint in printed.err
    assert (lock_file(shell).read_text() if lock_file(shell).exists() else None) == content


@pytest.mark.parametrize(
    ("existing", "slug", "expected"),
    [
        ((), "add_job_id", "0001_add_job_id.sql"),
        (("0007_a",), "b", "0008_b.sql"),
        (("0009_a", "0003_c"), "b", "0010_b.sql"),
        (("9999_a",), "b", "10000_b.sql"),
        (("00041_a",), "b", "00042_b.sql"),
        (("20260101120000_a",), "b", "20260101120001_b.sql"),
        ((), "Add Job-ID!", "0001_add_job_id.sql"),
        ((), "  [x] ../../etc ", "0001_x_etc.sql"),
    ],
)
def test_new_creates_the_next_number(shell: Shell, existing: tuple[str, ...], slug: str, expected: str) -> None:
    for name in existing:
        shell.patches.patch(name, "SELECT 1;")
    printed = shell.on_patches("new", slug)
    assert (printed.code, printed.out) == (0, f"{shell.patches.path / expected}\n")
    assert (shell.patches.path / expected).is_file()


def test_a_new_patch_has_its_header_and_wants_its_statement(shell: Shell) -> None:
    shell.on_patches("new", "add_job_id")
    file = shell.patches.path / "0001_add_job_id.sql"
    assert file.read_text() == "-- patch: Add job id.\n-- lock-timeout: 100ms\n\n"
    assert "0001_add_job_id.sql:1: no statement in it" in shell.on_patches("lock").err
    file.write_text(file.read_text() + "SELECT 1;\n")
    assert shell.on_patches("lock").code == 0


def test_a_new_patch_has_the_sentence_that_it_is_given(shell: Shell) -> None:
    shell.on_patches("new", "add_job_id", "-m", "Remember which job made [each] result: it's 100 %.")
    text = (shell.patches.path / "0001_add_job_id.sql").read_text()
    assert text.startswith("-- patch: Remember which job made [each] result: it's 100 %.\n")


@pytest.mark.parametrize("message", ["", "  ", "two\nDROP TABLE users;", "a\rb", "x" * 201, "\x1b[2J"])
def test_a_sentence_that_makes_no_header_is_refused(shell: Shell, message: str) -> None:
    printed = shell.on_patches("new", "a", "--message", message)
    assert (printed.code, printed.out) == (2, "")
    assert "--message: makes no `patch` line; write one sentence on one line" in printed.err
    assert not list(shell.patches.path.glob("0*.sql"))


@pytest.mark.parametrize("slug", ["", "../..", "ä", "x" * 81])
def test_a_slug_that_makes_no_name_is_refused(shell: Shell, slug: str) -> None:
    printed = shell.on_patches("new", slug)
    assert (printed.code, printed.out) == (2, "")
    assert "makes no name of a patch; use a few words of a-z and 0-9, at most 80 characters" in printed.err
    assert not list(shell.patches.path.glob("0*.sql"))


def test_a_directory_that_takes_no_file_is_an_error_and_no_traceback(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> object:
        raise OSError(28, "No space left on device", "0001_a.sql")

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.open", full)
        printed = shell.on_patches("new", "a")
    assert (printed.code, printed.err) == (2, "rdspatch: [Errno 28] No space left on device: '0001_a.sql'\n")
