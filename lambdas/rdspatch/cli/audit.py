"""`rdspatch audit verify`: whether the audit is still what was written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.executions import ask_for
from rdspatch.cli.audit_options import AuditTableOption, TargetOption, audit_reader, runs_by_id, targets_of
from rdspatch.cli.aws import stepfunctions_client
from rdspatch.cli.options import Format, FormatOption
from rdspatch.cli.render import print_json, show
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.audit_flaws import Flaw, flaws_of, lost_patches, unrecorded_patches
from rdspatch.core.counted import counted
from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.ledger import Ledger
from rdspatch.core.recorded_run import RecordedRun
from rdspatch.core.unended import Unended, unended
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
        typer.Option("--database", help="Also compare with this database's ledger, both ways."),
    ] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Follow the hashes of every run from its first record to its last; change nothing.

    Names the first record that was changed, forged or moved, and every one whose absence shows: a number that is
    missing, a run without a start. A run without an end is named too, as what it is: Step Functions is asked, where you
    have states:DescribeExecution. With --database, audit and ledger are compared both ways. Exits with 3 when something
    is wrong; a run that is at work is not.
    """
    if database is not None and (run is not None or target is None):
        instead = "give the --target whose database it is, and no run"
        raise BadInput([Problem(where="--database", what="is compared with all runs of one target", instead=instead)])
    before = None if database is None else _ledger(database)
    reader = audit_reader(audit_table)
    if run is not None:
        runs: Sequence[RecordedRun] = runs_by_id(reader, run, target)
    else:
        runs = [one for name in targets_of(reader, target) for one in reader.runs(name)]
    flaws: list[Flaw] = []
    at_work: list[Unended] = []
    for one in runs:
        flaws += flaws_of(one)
        if one.started_at and one.end is None:
            end = unended(one, ask_for(one.execution, stepfunctions_client), now=SystemClock().now())
            if end.is_cut:
                flaws.append(Flaw(run_id=end.run_id, sort=end.sort, what=end.what))
            else:
                at_work.append(end)
    if database is not None and before is not None:
        flaws += [*unrecorded_patches(before, runs), *lost_patches(_ledger(database), runs)]
    _show(len(runs), flaws, at_work, form)
    if flaws:
        raise typer.Exit(FLAWED)


def _show(runs: int, flaws: Sequence[Flaw], at_work: Sequence[Unended], form: Format) -> None:
    if form is Format.JSON:
        print_json(
            {
                "runs": runs,
                "flaws": [flaw.to_json() for flaw in flaws],
                "unended": [it.to_json() for it in at_work],
            }
        )
        return
    for sort, what in [*((it.sort, it.what) for it in flaws), *((it.sort, it.what) for it in at_work)]:
        show(f"{sort}: {what}")
    verdict = f"{counted(len(flaws), 'flaw', 'flaws')}" if flaws else "every link holds"
    without = f"; {len(at_work)} without an end yet" if at_work else ""
    show(f"{counted(runs, 'run', 'runs')} verified: {verdict}{without}")


def _ledger(url: str) -> Ledger:
    return read_ledger(open_database(url), new_run())
