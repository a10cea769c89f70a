"""`rdspatch baseline`: the schema before the first patch, from a database that is there already."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rdspatch.adapters.patch_files import read_patch_files, write_baseline
from rdspatch.authoring.baseline.via import Via
from rdspatch.cli.configuration import configuration_for
from rdspatch.cli.options import DatabaseOption, PatchesOption, ScratchOption, ServerOption
from rdspatch.cli.render import show, tell
from rdspatch.cli.scratch import scratch_server
from rdspatch.cli.source import require_authoring
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.counted import counted
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.directory import BASELINE
from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.patch import PatchId, normalise
from rdspatch.engine.inspect import read_ledger, read_live_schema

if TYPE_CHECKING:
    from rdspatch.authoring.baseline.make import Baseline

INCOMPLETE = 3


def baseline(
    database: DatabaseOption,
    patches: PatchesOption = None,
    via: Annotated[
        Via | None,
        typer.Option("--via", help="Who writes it; by default pg_dump where one fits, and otherwise the snapshot."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a baseline that is there.")] = False,  # noqa: FBT002 - a flag
    *,
    scratch: ScratchOption = None,
    major: ServerOption = None,
) -> None:
    """Write `baseline.sql` from a database: the schema, without rows, owners and grants; the database is only read.

    What was written is run on a scratch server and compared with the database. Exits with 3 when it makes less than
    the database has; the file and this command say what is missing.
    """
    require_authoring("baseline")
    from rdspatch.authoring.baseline.make import make_baseline  # noqa: PLC0415 - needs the extra
    from rdspatch.authoring.baseline.replacing import reasons_against  # noqa: PLC0415 - needs the extra

    configuration = configuration_for(patches)
    directory = configuration.patches
    target, run = open_database(database), new_run()
    ledger, schema = read_ledger(target, run), read_live_schema(target, run)
    _make(directory)
    files = {file.name: file for file in read_patch_files(directory)}
    with scratch_server(scratch, major or configuration.lowest_server) as server:
        url = parse_database_url(database)
        made = make_baseline(url, schema, server, via=via, search=os.environ.get("PATH"))
    existing = files.get(BASELINE)
    text = None if existing is None else normalise(existing.data.decode("utf-8", "replace"))
    names = [found.stem for name in files if (found := PatchId.from_file_name(name))]
    problems = reasons_against(made.text, existing=text, patches=names, ledger=ledger, force=force)
    if problems:
        raise BadInput(problems)
    if made.text != text:
        write_baseline(directory, made.text)
    verb = "is up to date" if made.text == text else "written"
    by = "from the snapshot" if made.via is Via.SNAPSHOT else "by pg_dump"
    show(f"{directory / BASELINE} {verb} {by}: {counted(len(schema.objects), 'object', 'objects')}")
    _warn(made)
    if made.missing or made.unproven:
        raise typer.Exit(INCOMPLETE)


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be the patch directory: {error.strerror}"
        raise BadInput([Problem(where=str(directory), what=what, instead="name another one by --patches")]) from None


def _warn(made: Baseline) -> None:
    lines = [f"note: {note}" for note in made.notes]
    if made.unproven:
        lines += [
            f"not proven: {made.unproven}",
            "give a server that has what it needs, here and to `rdspatch lock`, by --server 18 or --scratch URL",
        ]
    if made.missing:
        lines += ["not in it as the database has it:", *(f"  {line}" for line in made.missing)]
        lines += ["write that by hand, or let `ignore` in [tool.rdspatch.drift] leave it out"]
    for line in lines:
        tell(line)
