"""`rdspatch plan`: what a run would do."""

from __future__ import annotations

from rdspatch.cli.audited import AuditedTableOption, AuditedTargetOption, audited_ledger
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import AllowOutOfOrderOption, DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import show_plan, tell, tell_notes
from rdspatch.cli.source import lock_file
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.plan import OutOfOrder
from rdspatch.core.proven_on import other_version
from rdspatch.core.strangers.creators import trouble_with_creators
from rdspatch.engine.inspect import reading
from rdspatch.engine.lost import find_lost
from rdspatch.engine.planning import plan_patches


def plan(
    *,
    database: DatabaseOption,
    patches: PatchesOption = None,
    allow_out_of_order: AllowOutOfOrderOption = False,
    audit_table: AuditedTableOption = None,
    target: AuditedTargetOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Say what a run would apply, and why; change nothing.

    With an audit table, also which patches are lost: applied once, and not in the ledger any more. Exits with 3 when a
    patch is refused: edited after it was applied, out of order, calling what others own, or with something that an
    older server reads otherwise.
    """
    lock = lock_file(patch_directory(patches))
    audited, order = audited_ledger(audit_table, target), OutOfOrder.of(allowed=allow_out_of_order)
    with reading(open_database(database, lock), new_run()) as session:
        facts, ledger = session.server_facts(), session.read_ledger()
        lost = find_lost(lock, ledger, audited, session)
        made = plan_patches(lock.patches, ledger, session, out_of_order=order, lost=lost)
    show_plan(made, form)
    if lost.rows:
        tell(f"note: {lost}")
    if made.pending:
        tell_notes(other_version(lock, facts.version), trouble_with_creators(facts.creators))
    made.require_no_refusal()
