"""A patch directory that a test fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.patch_files import read_patch_files, write_lock_file
from rdspatch.authoring.lock import lock
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import LockFile, render

if TYPE_CHECKING:
    from pathlib import Path


class PatchDirectory:
    """Files on a disk: a baseline, patches, and the lock file when it was asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.write("baseline.sql", "-- An empty database.\n")

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.path / name
        file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return file

    def patch(self, name: str, sql: str, *directives: str) -> Path:
        """Write a patch whose header is in order."""
        header = "".join(f"-- {directive}\n" for directive in ("patch: A test.", *directives))
        return self.write(f"{name}.sql", f"{header}{sql}\n")

    def lock(self) -> None:
        """Write the lock file of what is there."""
        write_lock_file(self.path, render(LockFile(patches=lock(parse_directory(read_patch_files(self.path)).patches))))
