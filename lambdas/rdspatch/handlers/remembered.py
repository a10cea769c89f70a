"""A lock file that a warm function does not read again."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rdspatch.core.lockfile import LockFile

_Listing = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class RememberedLockFile:
    """What `load` makes of a directory, made anew only when a file there is another one than before.

    Reading 1,000 patches takes longer than everything else that a plan with nothing to do needs.
    """

    directory: Path
    load: Callable[[Path], LockFile]
    _listing: _Listing | None = field(default=None, init=False)
    _lock_file: LockFile | None = field(default=None, init=False)

    def __call__(self) -> LockFile:
        """The lock file. Raises what `load` raises; a failure is not remembered."""
        listing = _files_of(self.directory)
        if self._lock_file is None or listing is None or listing != self._listing:
            self._lock_file = self.load(self.directory)
            self._listing = listing
        return self._lock_file


def _files_of(directory: Path) -> _Listing | None:
    """Name, size and time of change of every file, in the order of a directory that nobody touches.

    None when that cannot be said, which `load` will report.
    """
    try:
        with os.scandir(directory) as entries:
            return tuple([(it.name, (stat := it.stat()).st_size, stat.st_mtime_ns) for it in entries])
    except OSError:
        return None
