"""`rdspatch apply`: bring a database up to date."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Annotated

import typer

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import AllowOutOfOrderOption, DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import show_report
from rdspatch.cli.source import locked_patches
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.plan import OutOfOrder
from rdspatch.core.work import Status, Work
from rdspatch.engine.apply import Applier, ApplyPolicy
from rdspatch.engine.apply import apply as apply_pending
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.lock_waits import WaitPolicy
from rdspatch.engine.run_lock import open_locked_session


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
    found = locked_patches(patch_directory(patches))
    run, clock = new_run(), SystemClock()
    target = open_database(database)
    policy = ApplyPolicy(
        run_lock_patience=timedelta(seconds=run_lock_wait),
        waits=WaitPolicy(longest_sleep_here=None, jitter=random.random),
    )
    applier = Applier(
        database=target,
        clock=clock,
        run=run,
        deadline=Deadline(clock),
        policy=policy,
        session=open_locked_session(target, run, clock, patience=policy.run_lock_patience),
    )
    try:
        report = apply_pending(
            found,
            applier=applier,
            ledger=applier.read_or_create_ledger(),
            out_of_order=OutOfOrder.of(allowed=allow_out_of_order),
            before=Work(status=Status.CONTINUE),
        )
    finally:
        applier.session.close()
    show_report(report, run, form)
    if report.failure is not None:
        raise report.failure
