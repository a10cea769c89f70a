"""`rdspatch audit verify`: whether the audit is still what was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.audit_options import AuditTableOption, TargetOption, audit_reader, runs_by_id, targets_of
from rdspatch.cli.options import Format, FormatOption
from rdspatch.cli.render import print_json, show
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.audit_flaws import Flaw, flaws_of, unrecorded_patches
from rdspatch.core.counted import counted
from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.recorded_run import RecordedRun
from rdspatch.engine.inspect import read_ledger

FLAWED = 3

audit = typer.Typer(help="Check the audit itself.", no_args_is_help=True)


@audit.callback()
def _group() -> None:
    """Check the audit itself."""


@audit.command("verify")
def verify(
    audit_table: AuditTableOption,
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="Only this run; by default all.", show_default=False)
    ] = None,
    target: TargetOption = None,
    database: Annotated[
        str | None,
        typer.Option("--database", help="Also ask this database's ledger for patches that no record speaks of."),
    ] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Follow the hashes of every run from its first record to its last; change nothing.

    Names the first record that was changed, forged or moved, and every one whose absence shows: a number that is
    missing, a run without a start or an end. Exits with 3 when there is any.
    """
    reader = audit_reader(audit_table)
    if run is not None:
        runs: Sequence[RecordedRun] = runs_by_id(reader, run, target)
    else:
        runs = [one for name in targets_of(reader, target) for one in reader.runs(name)]
    flaws = [*_flaws(runs), *(() if database is None else _unrecorded(database, runs, run, target))]
    if form is Format.JSON:
        print_json({"runs": len(runs), "flaws": [flaw.to_json() for flaw in flaws]})
    else:
        for flaw in flaws:
            show(f"{flaw.sort}: {flaw.what}")
        verdict = f"{counted(len(flaws), 'flaw', 'flaws')}" if flaws else "every link holds"
        show(f"{counted(len(runs), 'run', 'runs')} verified: {verdict}")
    if flaws:
        raise typer.Exit(FLAWED)


def _flaws(runs: Sequence[RecordedRun]) -> Iterator[Flaw]:
    now = SystemClock().now()
    for one in runs:
        yield from flaws_of(one, now=now)


def _unrecorded(url: str, runs: Sequence[RecordedRun], run: str | None, target: str | None) -> Sequence[Flaw]:
    if run is not None or target is None:
        instead = "give the --target whose database it is, and no run"
        raise BadInput([Problem(where="--database", what="is compared with all runs of one target", instead=instead)])
    return unrecorded_patches(read_ledger(open_database(url), new_run()), runs)
