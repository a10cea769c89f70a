"""`rdspatch status`: which patches a database has."""

from __future__ import annotations

from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import DatabaseOption, Format, FormatOption, PatchesOption
from rdspatch.cli.render import print_json, show_table
from rdspatch.cli.source import locked_patches
from rdspatch.cli.target import new_run, open_database
from rdspatch.core.plan import Action, OutOfOrder, Plan, make_plan
from rdspatch.engine.inspect import read_ledger

_WORDS = {Action.APPLY: "pending", Action.SKIP: "applied", Action.REFUSE: "refused"}


def status(database: DatabaseOption, patches: PatchesOption = None, form: FormatOption = Format.TEXT) -> None:
    """List every patch: applied (when, by which run), pending, or refused."""
    found = locked_patches(patch_directory(patches))
    ledger = read_ledger(open_database(database), new_run())
    rows = _rows(make_plan(found, ledger, out_of_order=OutOfOrder.REFUSED))
    if form is Format.JSON:
        print_json({"patches": rows})
    else:
        head = ("id", "status", "applied_at", "run_id")
        show_table(("patch", "status", "applied at", "run"), [[row[name] or "" for name in head] for row in rows])


def _rows(plan: Plan) -> list[dict[str, str | None]]:
    known = [(step.locked.patch.name, _WORDS[step.action], step.applied) for step in plan.steps]
    newer = [(row.patch_id, "applied, no file", row) for row in plan.without_file]
    return [
        {
            "id": name,
            "status": word,
            "applied_at": row.applied_at.isoformat(timespec="seconds") if row else None,
            "run_id": row.run_id if row else None,
        }
        for name, word, row in known + newer
    ]
