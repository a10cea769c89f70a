"""`rdspatch lock`: prove the patches and write the lock file, or check that it is up to date."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from rdspatch.adapters.patch_files import read_lock_file, write_lock_file
from rdspatch.cli.configuration import configuration_for
from rdspatch.cli.models import exported_models
from rdspatch.cli.options import PatchesOption, ScratchesOption, ServersOption
from rdspatch.cli.render import show, tell
from rdspatch.cli.scratch import scratch_servers
from rdspatch.cli.since import SinceOption, require_unchanged
from rdspatch.cli.source import read_directory, require_authoring
from rdspatch.core.counted import counted
from rdspatch.core.directory import LOCK_FILE
from rdspatch.core.lockfile import render
from rdspatch.core.proven_on import majors


def lock(
    *,
    patches: PatchesOption = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 3 when it is stale.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Prove every patch again, not only what is new.")] = False,
    scratch: ScratchesOption = None,
    since: SinceOption = None,
    major: ServersOption = None,
) -> None:
    """Prove every patch on a scratch server and write `patches.lock.json`.

    A patch is applied as a run would apply it, then again: the second time must change nothing. What it changes,
    locks, rewrites and reads goes into the lock file. Patches that the lock file knows are replayed, and their effects
    compared with it as a whole; `--all` proves them again. On several versions of PostgreSQL each patch has to come out
    the same; effects are in the words of the lowest. Exits with 1 when a proof fails, and with 3 when the
    patches do not lead to what the configured models describe.
    """
    require_authoring("lock")
    from rdspatch.authoring.lock import lock as parse_patches  # noqa: PLC0415 - needs the extra
    from rdspatch.authoring.models import build, require_parity  # noqa: PLC0415 - needs the extra
    from rdspatch.authoring.proof import known_in, prove_on_each, require_fresh, stale  # noqa: PLC0415 - needs the extra

    configuration = configuration_for(patches)
    folder = configuration.patches
    if check or since is not None:
        require_unchanged(folder, since)
    directory = read_directory(folder)
    locked = parse_patches(directory.patches)
    current = read_lock_file(folder)
    exported = exported_models(configuration)
    models = None if exported is None else exported.locked
    if check:
        require_fresh(current, directory, locked, models=models)
    known = None if current is None or every else known_in(current, directory)
    with scratch_servers(scratch or (), major or (), configuration.servers) as servers:
        proven = prove_on_each(
            directory.baseline, locked, servers, scope=configuration.scope, known=known, progress=_tell
        )
        if exported is not None:
            lowest = min(servers, key=lambda server: server.major)
            require_parity(build(exported, lowest, proven.schema), scope=configuration.scope)
    for note in proven.notes:
        tell(f"note: {note}")
    text = render(replace(proven.lock, scope=configuration.scope, models=models))
    if check and current != text:
        raise stale(f"is not what the proof finds on PostgreSQL {majors(proven.lock.servers)}")
    if current != text:
        write_lock_file(folder, text)
    verb = "is up to date" if current == text else "written"
    show(f"{LOCK_FILE} {verb}: {counted(len(locked), 'patch', 'patches')}")


def _tell(name: str) -> None:
    if sys.stderr.isatty():
        tell(f"proving {name}")
