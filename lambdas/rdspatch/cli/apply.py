"""`rdspatch apply`: bring a database up to date."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from datetime import timedelta
from typing import Annotated

import typer

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.applying import open_applier
from rdspatch.cli.audited import AuditedTableOption, AuditedTargetOption, audited_ledger
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import AllowOutOfOrderOption, DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import print_json, report_to_json, show, show_report, tell_notes, verified
from rdspatch.cli.source import lock_file
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.errors import RdspatchError
from rdspatch.core.lockfile import LockFile
from rdspatch.core.outcome import ApplyReport
from rdspatch.core.plan import OutOfOrder, make_plan
from rdspatch.core.proven_on import other_version
from rdspatch.core.run import Run
from rdspatch.core.strangers.creators import trouble_with_creators
from rdspatch.core.work import Status, Work
from rdspatch.engine.apply import apply as apply_pending
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.lost import find_lost
from rdspatch.engine.verify import examine
from rdspatch.ports import Database


def apply(
    *,
    database: DatabaseOption,
    patches: PatchesOption = None,
    allow_out_of_order: AllowOutOfOrderOption = False,
    run_lock_wait: Annotated[
        float,
        typer.Option("--run-lock-wait", min=0, help="Seconds to wait for another run to end."),
    ] = 60.0,
    verify: Annotated[
        bool,
        typer.Option("--verify/--no-verify", help="Verify afterwards, as `rdspatch verify` does."),
    ] = True,
    audit_table: AuditedTableOption = None,
    target: AuditedTargetOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Apply every pending patch, in order, each exactly once; then check that applied means true.

    Running it again is always the recovery. Exits with 1 when a patch fails, and with 3 when the patches are applied
    and the database does not hold what they promise. What it applies gets its audit record by the next run of the
    workflow.
    """
    lock, run = lock_file(patch_directory(patches)), new_run()
    where = open_database(database, lock)
    opened, facts = open_applier(where, run, patience=timedelta(seconds=run_lock_wait))
    out_of_order = OutOfOrder.of(allowed=allow_out_of_order)
    with closing(opened) as applier:
        ledger = applier.read_or_create_ledger()
        if make_plan(lock.patches, ledger, out_of_order=out_of_order).pending:
            tell_notes(other_version(lock, facts.version), trouble_with_creators(facts.creators))
        report = apply_pending(
            lock.patches,
            applier=applier,
            ledger=ledger,
            out_of_order=out_of_order,
            before=Work(status=Status.CONTINUE),
            lost=find_lost(lock, ledger, audited_ledger(audit_table, target), applier.session),
        )
    if form is Format.TEXT:
        show_report(report)
    if report.failure is None and verify:
        _verify(report, lock, where, run, form, known=applier.known)
        return
    if form is Format.JSON:
        print_json(report_to_json(report, run, None))
    if report.failure is not None:
        from rdspatch.core.account import OF_THIS_RUN, Account, explain  # noqa: PLC0415 - few runs end so

        explain(report.failure, Account.of_outcomes(report.outcomes), source=OF_THIS_RUN)
        raise report.failure


def _verify(
    report: ApplyReport, lock: LockFile, database: Database, run: Run, form: Format, *, known: Collection[str]
) -> None:
    try:
        found = examine(lock, database=database, run=run, deadline=Deadline(SystemClock()), known=known)
    except RdspatchError:
        if form is Format.JSON:
            print_json(report_to_json(report, run, None))
        raise
    if form is Format.JSON:
        print_json(report_to_json(report, run, found))
    found.require_true()
    if form is Format.TEXT:
        show(verified(found))
