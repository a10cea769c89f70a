"""The patch directory on the file system."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rdspatch.core.directory import BASELINE, LOCK_FILE, FileKind, PatchFile, is_relevant, parse_directory
from rdspatch.core.errors import BadPatches, LockFileStale, Problem
from rdspatch.core.lockfile import LockFile, read
from rdspatch.core.patch import MAX_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LOCK_FILE_BYTES = 64 * 1024 * 1024
_MODE_OF_A_NEW_FILE = 0o644
# A symbolic link is refused by the kernel, and a named pipe does not hold the reader up.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_patch_files(directory: Path) -> tuple[PatchFile, ...]:
    """Read what stands in a patch directory, following no link and reading no file that is too large.

    Args:
        directory: Where the patches are.

    Returns:
        The entries for which `is_relevant` holds, by name.

    Raises:
        BadPatches: When the directory or a file in it cannot be read, with every such problem.
    """
    try:
        names = sorted(entry.name for entry in directory.iterdir() if is_relevant(entry.name))
    except OSError as error:
        raise BadPatches([_unreadable(directory, error, "name the directory that holds baseline.sql")]) from error
    files: list[PatchFile] = []
    problems: list[Problem] = []
    for name in names:
        try:
            files.append(_read(directory / name, MAX_FILE_BYTES))
        except OSError as error:
            problems.append(_unreadable(Path(_printable(name)), error, "let this user read it"))
    if problems:
        raise BadPatches(problems)
    return tuple(files)


def read_lock_file(directory: Path) -> str | None:
    """The lock file's text, or None when there is none.

    Raises:
        LockFileStale: When it is no regular file, too large, unreadable or not UTF-8.
    """
    try:
        file = _read(directory / LOCK_FILE, MAX_LOCK_FILE_BYTES)
        if file.kind is not FileKind.REGULAR:
            raise _unusable(f"is {file.kind.value}")
        if file.size > MAX_LOCK_FILE_BYTES:
            raise _unusable(f"has {file.size} bytes, more than {MAX_LOCK_FILE_BYTES}")
        return file.data.decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(f"cannot be read: {error}") from error


def load_lock_file(directory: Path) -> LockFile:
    """The patches of a directory and what its lock file says of them.

    Raises:
        BadPatches: A file cannot be used.
        LockFileStale: The lock file is missing or does not describe the patches.
    """
    patches = parse_directory(read_patch_files(directory)).patches
    text = read_lock_file(directory)
    if text is None:
        raise _unusable("is missing")
    return read(text, patches)


def write_lock_file(directory: Path, text: str) -> None:
    """Put the lock file in place at once: a reader sees the old one or the new one, also after a crash.

    Raises:
        OSError: When it cannot be written; the old one is then untouched.
    """
    _replace(directory / LOCK_FILE, text)


def write_baseline(directory: Path, text: str) -> None:
    """Put the baseline in place at once, as `write_lock_file` does."""
    _replace(directory / BASELINE, text)


def write_new_files(directory: Path, texts: Mapping[str, str]) -> None:
    """Write all of these files or none.

    Args:
        directory: Where they go.
        texts: Their texts by their names, which are free.

    Raises:
        OSError: When one cannot be written, or its name is taken; the others are gone again.
    """
    written: list[Path] = []
    with tempfile.TemporaryDirectory(prefix=".rdspatch.", dir=directory) as temporary:
        for name, text in texts.items():
            _write(Path(temporary) / name, text)
        try:
            for name in texts:
                (directory / name).open("x").close()  # a rename alone would replace what is there
                written.append(directory / name)
                (Path(temporary) / name).replace(directory / name)
        except BaseException:
            for path in written:
                path.unlink()
            raise
    _sync_directory(directory)


def _write(path: Path, text: str) -> None:
    with path.open("xb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fchmod(file.fileno(), _MODE_OF_A_NEW_FILE)
        os.fsync(file.fileno())


def _replace(target: Path, text: str) -> None:
    directory = target.parent
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fchmod(file.fileno(), _mode(target))
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    _sync_directory(directory)


def _read(path: Path, limit: int) -> PatchFile:
    name = _printable(path.name)
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return PatchFile(name=name, kind=FileKind.SYMLINK, size=0)
        if error.errno == errno.ENXIO:  # a socket
            return PatchFile(name=name, kind=FileKind.OTHER, size=0)
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return PatchFile(name=name, kind=FileKind.OTHER, size=0)
        if status.st_size > limit:
            return PatchFile(name=name, kind=FileKind.REGULAR, size=status.st_size)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(data) > limit:  # it grew while it was read
        return PatchFile(name=name, kind=FileKind.REGULAR, size=len(data))
    return PatchFile(name=name, kind=FileKind.REGULAR, size=len(data), data=data)


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(os.lstat(target).st_mode)
    except FileNotFoundError:
        return _MODE_OF_A_NEW_FILE


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _printable(name: str) -> str:
    """A name that can be written to any log, also when its bytes are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _unreadable(path: Path, error: OSError, instead: str) -> Problem:
    return Problem(where=str(path), what=f"cannot be read: {error.strerror}", instead=instead)


def _unusable(what: str) -> LockFileStale:
    return LockFileStale([Problem(where=LOCK_FILE, what=what, instead="run `rdspatch lock` and commit the result")])
