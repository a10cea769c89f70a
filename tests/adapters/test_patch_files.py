from __future__ import annotations

import os
import socket
import stat
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.patch_files import read_lock_file, read_patch_files, write_lock_file
from rdspatch.core.directory import LOCK_FILE, FileKind, PatchFile
from rdspatch.core.errors import BadPatches, LockFileStale
from rdspatch.core.patch import MAX_FILE_BYTES

if TYPE_CHECKING:
    from pathlib import Path


def only_file(directory: Path) -> PatchFile:
    (file,) = read_patch_files(directory)
    return file


def test_relevant_files_are_read_by_name(tmp_path: Path) -> None:
    for name in ["0002_b.sql", "baseline.sql", "0001_a.sql", "README.md", "patches.lock.json", ".hidden"]:
        (tmp_path / name).write_bytes(name.encode())
    files = read_patch_files(tmp_path)
    assert [file.name for file in files] == ["0001_a.sql", "0002_b.sql", "baseline.sql"]
    assert files[0] == PatchFile(name="0001_a.sql", kind=FileKind.REGULAR, size=10, data=b"0001_a.sql")


def test_bytes_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_bytes(b"\xff\x00\r\n")
    assert only_file(tmp_path).data == b"\xff\x00\r\n"


@pytest.mark.experiment("F44")
@pytest.mark.parametrize("target", ["/etc/passwd", "elsewhere", "."])
def test_a_symbolic_link_is_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "0001_a.sql").symlink_to(target)
    assert only_file(tmp_path) == PatchFile(name="0001_a.sql", kind=FileKind.SYMLINK, size=0)


def test_a_directory_named_like_a_patch_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").mkdir()
    assert only_file(tmp_path).kind is FileKind.OTHER


@pytest.mark.experiment("F44")
def test_a_named_pipe_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "0001_a.sql")
    assert only_file(tmp_path).kind is FileKind.OTHER


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("0001_a.sql")
        assert only_file(tmp_path).kind is FileKind.OTHER


@pytest.mark.experiment("F37")
def test_a_huge_file_is_measured_and_not_read(tmp_path: Path) -> None:
    size = 1024**3
    with (tmp_path / "0001_a.sql").open("wb") as file:
        file.truncate(size)
    tracemalloc.start()
    try:
        found = only_file(tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == PatchFile(name="0001_a.sql", kind=FileKind.REGULAR, size=size)
    assert peak < MAX_FILE_BYTES


@pytest.mark.parametrize(("size", "is_read"), [(MAX_FILE_BYTES, True), (MAX_FILE_BYTES + 1, False)])
def test_the_largest_file_is_read(tmp_path: Path, size: int, *, is_read: bool) -> None:
    (tmp_path / "0001_a.sql").write_bytes(b" " * size)
    assert (only_file(tmp_path).size, bool(only_file(tmp_path).data)) == (size, is_read)


@pytest.mark.experiment("F44")
def test_a_name_that_is_not_utf_8_can_be_printed(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"0001_\xff.sql")).write_bytes(b"")
    assert only_file(tmp_path).name == r"0001_\xff.sql"


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadPatches, match=r"nowhere: cannot be read: No such file or directory; name the directory"):
        read_patch_files(tmp_path / "nowhere")


def test_a_file_in_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadPatches, match="file: cannot be read: Not a directory"):
        read_patch_files(tmp_path / "file")


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["0001_a.sql", "0002_b.sql"]:
        (tmp_path / name).touch()

    def denied(_path: Path, _flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)  # root, who may run the tests, reads every file
    with pytest.raises(BadPatches, match="Permission denied") as caught:
        read_patch_files(tmp_path)
    assert [problem.where for problem in caught.value.problems] == ["0001_a.sql", "0002_b.sql"]


def test_no_lock_file_is_none(tmp_path: Path) -> None:
    assert read_lock_file(tmp_path) is None


def test_the_lock_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_lock_file(tmp_path, '{"é": "\r\n"}\n')
    assert read_lock_file(tmp_path) == '{"é": "\r\n"}\n'
    write_lock_file(tmp_path, "short")
    assert read_lock_file(tmp_path) == "short"
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_FILE]


def test_a_new_lock_file_can_be_read_by_others_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / LOCK_FILE
    write_lock_file(tmp_path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.chmod(0o664)
    write_lock_file(tmp_path, "old")
    assert stat.S_IMODE(path.stat().st_mode) == 0o664


def test_a_reader_of_the_old_lock_file_keeps_the_old_text(tmp_path: Path) -> None:
    write_lock_file(tmp_path, "old")
    with (tmp_path / LOCK_FILE).open() as reader:
        write_lock_file(tmp_path, "new")
        assert reader.read() == "old"


def test_a_failed_write_leaves_the_old_lock_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lock_file(tmp_path, "old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_lock_file(tmp_path, "new")
    assert read_lock_file(tmp_path) == "old"
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_FILE]


def test_a_lock_file_that_is_a_link_is_refused_and_replaced_by_a_file(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("theirs")
    (tmp_path / LOCK_FILE).symlink_to(target)
    with pytest.raises(LockFileStale, match="symbolic link"):
        read_lock_file(tmp_path)
    write_lock_file(tmp_path, "ours")
    assert (read_lock_file(tmp_path), target.read_text()) == ("ours", "theirs")


def test_a_lock_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_bytes(b"\xff")
    with pytest.raises(LockFileStale, match="utf-8"):
        read_lock_file(tmp_path)


def test_a_huge_lock_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / LOCK_FILE).open("wb") as file:
        file.truncate(1024**3)
    with pytest.raises(LockFileStale, match="has 1073741824 bytes"):
        read_lock_file(tmp_path)
