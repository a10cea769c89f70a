"""Where a command's patches come from: the directory, with its lock file or without one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from rdspatch.adapters.patch_files import read_lock_file, read_patch_files
from rdspatch.core.directory import LOCK_FILE, PatchDirectory, parse_directory
from rdspatch.core.errors import BadSettings, LockFileStale, Problem
from rdspatch.core.lockfile import LockFile, read


def read_directory(directory: Path) -> PatchDirectory:
    """The patches of a directory. Raises BadPatches with every problem of every file."""
    return parse_directory(read_patch_files(directory))


def lock_file(directory: Path) -> LockFile:
    """The patches with what the lock file says of them; without a lock file, with what the parser finds now.

    The Lambda functions insist on the lock file, since no parser ships with them.

    Raises:
        BadPatches: A file cannot be used, or has a statement that is refused.
        LockFileStale: The lock file is there and does not describe the patches, or the parser is not installed.
    """
    patches = read_directory(directory).patches
    text = read_lock_file(directory)
    if text is not None:
        return read(text, patches)
    if importlib.util.find_spec("postgast") is None:
        instead = "run `rdspatch lock` where the extra `authoring` is installed, and commit the result"
        raise LockFileStale([Problem(where=LOCK_FILE, what="is missing", instead=instead)])
    from rdspatch.authoring.lock import lock  # noqa: PLC0415 - only once its parser is known to be there

    return LockFile(patches=lock(patches))


def require_authoring(command: str) -> None:
    """Raise BadSettings when the extra `authoring` is not installed."""
    if importlib.util.find_spec("postgast") is None:
        instead = "pip install 'rdspatch[authoring]'"
        raise BadSettings([Problem(where=f"rdspatch {command}", what="needs PostgreSQL's parser", instead=instead)])
