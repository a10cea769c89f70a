"""Where a throwaway server's files go."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring import postgres_files
from rdspatch.authoring.postgres_files import make_server_directory, server_rights

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory that stands for the file system in memory, on a machine where nobody has set TMPDIR."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    with tempfile.TemporaryDirectory(prefix="m", dir="/tmp") as directory:
        path = Path(directory)
        path.chmod(0o777)
        monkeypatch.setattr(postgres_files, "MEMORY", path)
        monkeypatch.setattr(postgres_files, "ROOM", 1)
        yield path


def parent() -> Path:
    made = make_server_directory(server_rights())
    made.rmdir()
    return made.parent


def test_a_server_lives_in_memory_where_there_is_room(memory: Path) -> None:
    assert parent() == memory


def test_it_does_not_where_there_is_too_little(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_files, "ROOM", 2**70)
    assert parent() != memory


def test_it_does_not_where_there_is_no_such_file_system(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_files, "MEMORY", memory / "missing")
    assert parent().is_dir()


def test_another_place_can_be_asked_for(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="a", dir="/tmp") as asked:
        Path(asked).chmod(0o777)
        monkeypatch.setenv("TMPDIR", asked)
        assert parent() == Path(asked)
    assert memory.is_dir()


def test_whoever_measures_can_have_a_disk(memory: Path) -> None:
    made = make_server_directory(server_rights(), on_disk=True)
    made.rmdir()
    assert made.parent != memory


@pytest.mark.parametrize(("flags", "in_memory"), [(os.ST_NOEXEC, False), (0, True)])
def test_programs_are_copied_into_memory_only_where_they_can_run(
    memory: Path, monkeypatch: pytest.MonkeyPatch, *, flags: int, in_memory: bool
) -> None:
    monkeypatch.setattr(postgres_files, "_must_copy", lambda _rights: True)
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_flag=flags, f_bavail=1024, f_frsize=1024))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1024))
    assert (parent() == memory) is in_memory
