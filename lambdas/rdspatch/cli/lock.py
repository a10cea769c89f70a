"""`rdspatch lock`: write the lock file, or check that it is up to date."""

from __future__ import annotations

from typing import Annotated

import typer

from rdspatch.adapters.patch_files import read_lock_file, write_lock_file
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import PatchesOption
from rdspatch.cli.render import console
from rdspatch.cli.source import read_directory, require_authoring
from rdspatch.core.directory import LOCK_FILE
from rdspatch.core.errors import LockFileStale, Problem
from rdspatch.core.lockfile import read, render


def lock(
    patches: PatchesOption = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 3 when it is stale.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Parse every patch with PostgreSQL's own parser and write `patches.lock.json`.

    Refuses what no patch may hold: transaction control, settings of the session, COPY from the client, roles and
    databases, and more; every problem of every file at once.
    """
    require_authoring("lock")
    from rdspatch.authoring.lock import lock as lock_patches  # noqa: PLC0415 - needs the extra

    directory = patch_directory(patches)
    found = read_directory(directory).patches
    text = render(lock_patches(found))
    current = read_lock_file(directory)
    if check and current != text:
        if current is not None:
            read(current, found)
        what = "is missing" if current is None else "is not what this rdspatch writes"
        instead = "run `rdspatch lock` and commit the result"
        raise LockFileStale([Problem(where=LOCK_FILE, what=what, instead=instead)])
    if current != text:
        write_lock_file(directory, text)
    verb = "is up to date" if current == text else "written"
    console().print(f"{LOCK_FILE} {verb}: {len(found)} patches")
