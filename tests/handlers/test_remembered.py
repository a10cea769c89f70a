"""A warm function reads its patches once, and again when they are other ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.patch_files import load_lock_file
from rdspatch.core.errors import LockFileStale
from rdspatch.handlers.remembered import RememberedLockFile
from tests.patch_directory import PatchDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from rdspatch.core.lockfile import LockFile


@pytest.fixture
def patches(tmp_path: Path) -> PatchDirectory:
    made = PatchDirectory(tmp_path / "patches")
    made.patch("0001_a", "SELECT 1;")
    made.lock()
    return made


class Counted:
    """`load_lock_file`, and how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, directory: Path) -> LockFile:
        self.times += 1
        return load_lock_file(directory)


def test_the_same_files_are_read_once(patches: PatchDirectory) -> None:
    load = Counted()
    remembered = RememberedLockFile(patches.path, load)
    assert remembered() is remembered()
    assert load.times == 1


@pytest.mark.parametrize("name", ["0001_a.sql", "baseline.sql", "patches.lock.json"])
def test_a_file_that_was_written_again_is_read_again(patches: PatchDirectory, name: str) -> None:
    load = Counted()
    remembered = RememberedLockFile(patches.path, load)
    remembered()
    file = patches.path / name
    file.write_bytes(file.read_bytes() + b" ")
    file.write_bytes(file.read_bytes()[:-1])
    remembered()
    assert load.times == 2


def test_another_file_is_seen(patches: PatchDirectory) -> None:
    remembered = RememberedLockFile(patches.path, load_lock_file)
    remembered()
    patches.patch("0002_b", "SELECT 2;")
    with pytest.raises(LockFileStale):
        remembered()
    patches.lock()
    assert [locked.patch.name for locked in remembered().patches] == ["0001_a", "0002_b"]


def test_a_directory_that_is_not_there_is_reported_by_whoever_reads_it(tmp_path: Path) -> None:
    remembered = RememberedLockFile(tmp_path / "nowhere", load_lock_file)
    with pytest.raises(Exception, match="nowhere"):
        remembered()
