"""`rdspatch verify`: whether applied means true."""

from __future__ import annotations

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.audited import AuditedTableOption, AuditedTargetOption, audited_ledger
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import print_json, show, verification_to_json, verified
from rdspatch.cli.source import lock_file
from rdspatch.cli.target import new_run, open_database
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.verify import examine


def verify(
    database: DatabaseOption,
    patches: PatchesOption = None,
    audit_table: AuditedTableOption = None,
    target: AuditedTargetOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Check the effects and the `verify:` queries of every applied patch, and select the models; change nothing.

    Objects that `[tool.rdspatch.drift]` leaves out are not looked at. Exits with 3 when an effect is missing, a query
    does not return exactly one row with one true value, or, once no patch is pending, a model cannot be selected; with
    4 when the audit table has a patch of these as applied, and the ledger lost it.
    """
    lock = lock_file(patch_directory(patches))
    known = [row.patch_id for row in audited_ledger(audit_table, target).applied]
    found = examine(
        lock,
        database=open_database(database, lock),
        run=new_run(),
        deadline=Deadline(SystemClock()),
        known=known,
    )
    if form is Format.JSON:
        print_json(verification_to_json(found))
    found.require_true()
    if form is Format.TEXT:
        show(verified(found))
