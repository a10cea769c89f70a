"""Run as a process: rdspatch's comparison of a database with its lock file, and the seconds that it takes.

Arguments: the database's URL and the patch directory. Prints the seconds from connecting to the last difference,
ledger, snapshot and comparison included; reading the lock file is not in it, as building models is not in Alembic's.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rdspatch.adapters.patch_files import read_lock_file
from rdspatch.cli.source import read_directory
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.lockfile import read
from rdspatch.engine.drift import find_drift


def main(url: str, directory: Path) -> None:
    lock = read(read_lock_file(directory) or "", read_directory(directory).patches)
    started = time.perf_counter()
    found = find_drift(lock, database=open_database(url), run=new_run())
    seconds = time.perf_counter() - started
    if found.differences:
        sys.exit(f"{len(found.differences)} differences, the first: {found.differences[0]}")
    print(seconds)


main(sys.argv[1], Path(sys.argv[2]))
