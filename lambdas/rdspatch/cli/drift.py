"""`rdspatch drift`: whether a database still is what its ledger implies."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from rdspatch.adapters.patch_files import load_lock_file
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import print_json, show
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.counted import counted
from rdspatch.core.drift import Drift
from rdspatch.engine.drift import find_drift

DRIFTED = 3


def drift(database: DatabaseOption, patches: PatchesOption = None, form: FormatOption = Format.TEXT) -> None:
    """Compare the live schema with baseline and applied patches; change nothing.

    Each object that is missing, changed or extra is named, with the patch that says otherwise. Pending patches are no
    drift. A login that can read the ledger is enough. Exits with 3 when there is a difference, and when the ledger
    has a patch whose file is not here: what it changed cannot be judged.
    """
    lock = load_lock_file(patch_directory(patches))
    found = find_drift(lock, database=open_database(database, lock), run=new_run())
    if form is Format.JSON:
        print_json(found.to_json())
    else:
        for line in lines_of(found):
            show(line)
    if found.differences or not found.is_judged:
        raise typer.Exit(DRIFTED)


def lines_of(drift: Drift) -> Iterable[str]:
    """A line for each difference, then what limits the answer, then the counts."""
    yield from (str(difference) for difference in drift.differences)
    yield from (f"cannot be judged: {difference}" for difference in drift.unjudged)
    pending = f"; {counted(len(drift.pending), 'patch is', 'patches are')} pending" if drift.pending else ""
    if not drift.is_judged:
        found = counted(len(drift.differences), "difference", "differences")
        others = counted(len(drift.unjudged), "object", "objects")
        yield f"{found}; {others} cannot be judged: {drift.why_unjudged}{pending}"
        return
    if not drift.differences:
        yield f"no drift{pending}"
        return
    counts = ", ".join(f"{count} {kind}" for kind, count in drift.counts.items() if count)
    yield f"{counted(len(drift.differences), 'difference', 'differences')}: {counts}{pending}"
