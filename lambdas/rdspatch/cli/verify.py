"""`rdspatch verify`: whether applied means true."""

from __future__ import annotations

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import print_json, show
from rdspatch.cli.source import lock_file
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.counted import counted
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.verify import verify as verify_applied


def verify(database: DatabaseOption, patches: PatchesOption = None, form: FormatOption = Format.TEXT) -> None:
    """Check the effects and the `verify:` queries of every applied patch, and select the models; change nothing.

    Exits with 3 when an effect is missing, a query does not return exactly one row with one true value, or, once no
    patch is pending, a model cannot be selected.
    """
    lock = lock_file(patch_directory(patches))
    names = verify_applied(
        lock,
        database=open_database(database, lock),
        run=new_run(),
        deadline=Deadline(SystemClock()),
    )
    if form is Format.JSON:
        print_json({"verified": list(names)})
    else:
        show(f"{counted(len(names), 'applied patch', 'applied patches')} verified")
