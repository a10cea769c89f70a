"""`rdspatch plan`: what a run would do."""

from __future__ import annotations

from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import AllowOutOfOrderOption, DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import show_plan, tell
from rdspatch.cli.source import lock_file
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.lockfile import other_version
from rdspatch.core.plan import OutOfOrder, make_plan
from rdspatch.engine.inspect import read_ledger_and_server


def plan(
    database: DatabaseOption,
    patches: PatchesOption = None,
    allow_out_of_order: AllowOutOfOrderOption = False,  # noqa: FBT002 - a flag of the command line
    form: FormatOption = Format.TEXT,
) -> None:
    """Say what a run would apply, and why; change nothing.

    Exits with 3 when a patch is refused: edited after it was applied, or out of order.
    """
    lock = lock_file(patch_directory(patches))
    ledger, facts = read_ledger_and_server(open_database(database, lock), new_run())
    made = make_plan(lock.patches, ledger, out_of_order=OutOfOrder.of(allowed=allow_out_of_order))
    show_plan(made, form)
    note = other_version(lock, facts.version)
    if note and made.pending:
        tell(f"note: {note.cause}")
    made.require_no_refusal()
