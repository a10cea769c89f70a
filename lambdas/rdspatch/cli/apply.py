"""`rdspatch apply`: bring a database up to date."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Annotated

import typer

from rdspatch.cli.applying import open_applier
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import AllowOutOfOrderOption, DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import show_report
from rdspatch.cli.source import lock_file
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.plan import OutOfOrder
from rdspatch.core.work import Status, Work
from rdspatch.engine.apply import apply as apply_pending


def apply(
    database: DatabaseOption,
    patches: PatchesOption = None,
    allow_out_of_order: AllowOutOfOrderOption = False,  # noqa: FBT002 - a flag of the command line
    run_lock_wait: Annotated[
        float,
        typer.Option("--run-lock-wait", min=0, help="Seconds to wait for another run to end."),
    ] = 60.0,
    form: FormatOption = Format.TEXT,
) -> None:
    """Apply every pending patch, in order, each exactly once.

    Running it again is always the recovery. What it applies gets its audit record by the next run of the workflow.
    """
    lock, run = lock_file(patch_directory(patches)), new_run()
    target = open_database(database, lock)
    with closing(open_applier(target, run, patience=timedelta(seconds=run_lock_wait))) as applier:
        report = apply_pending(
            lock.patches,
            applier=applier,
            ledger=applier.read_or_create_ledger(),
            out_of_order=OutOfOrder.of(allowed=allow_out_of_order),
            before=Work(status=Status.CONTINUE),
        )
    show_report(report, run, form)
    if report.failure is not None:
        raise report.failure
