"""`rdspatch verify`: whether applied means true."""

from __future__ import annotations

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import print_json, show, verification_to_json, verified
from rdspatch.cli.source import lock_file
from rdspatch.cli.target import new_run, open_database
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.verify import examine


def verify(database: DatabaseOption, patches: PatchesOption = None, form: FormatOption = Format.TEXT) -> None:
    """Check the effects and the `verify:` queries of every applied patch, and select the models; change nothing.

    Objects that `[tool.rdspatch.drift]` leaves out are not looked at. Exits with 3 when an effect is missing, a query
    does not return exactly one row with one true value, or, once no patch is pending, a model cannot be selected.
    """
    lock = lock_file(patch_directory(patches))
    found = examine(
        lock,
        database=open_database(database, lock),
        run=new_run(),
        deadline=Deadline(SystemClock()),
    )
    if form is Format.JSON:
        print_json(verification_to_json(found))
    found.require_true()
    if form is Format.TEXT:
        show(verified(found))
