"""Patches by environment: what each one has, and how that is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from rdspatch.cli.environments import Found, Seen
from rdspatch.cli.options import Format
from rdspatch.cli.render import print_json, show, show_table
from rdspatch.core.counted import counted
from rdspatch.core.drift import Difference, Drift
from rdspatch.core.ledger import AppliedPatch
from rdspatch.core.lockfile import LockedPatch
from rdspatch.core.plan import Action, OutOfOrder, Plan, make_plan

APPLIED, DRIFTED = "applied", "drifted"
WITHOUT_FILE = "applied, no file"
NOT_THERE = "-"
_WORDS = {Action.APPLY: "pending", Action.SKIP: APPLIED, Action.REFUSE: "refused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One patch in one environment."""

    status: str
    row: AppliedPatch | None = None

    def to_json(self) -> dict[str, str | None]:
        return {
            "status": self.status,
            "applied_at": self.row.applied_at.astimezone(UTC).isoformat(timespec="seconds") if self.row else None,
            "run_id": self.row.run_id if self.row else None,
        }

    def __str__(self) -> str:
        if self.row is None:
            return self.status
        return f"{self.status} {self.row.applied_at.astimezone(UTC):%Y-%m-%d %H:%M}"


def cells_of(patches: Sequence[LockedPatch], found: Found) -> dict[str, Cell]:
    """What one environment says of every patch of the directory, in order, then of those that no file stands for.

    An applied patch is drifted when something that it says does not hold any more.
    """
    plan: Plan = make_plan(patches, found.ledger, out_of_order=OutOfOrder.REFUSED)
    broken = {detail.patch for difference in _differences(found.drift) for detail in difference.details}
    cells = {step.locked.patch.name: Cell(status=_WORDS[step.action], row=step.applied) for step in plan.steps}
    cells |= {
        name: replace(cell, status=DRIFTED) for name, cell in cells.items() if name in broken and cell.status == APPLIED
    }
    return cells | {row.patch_id: Cell(status=WITHOUT_FILE, row=row) for row in plan.without_file}


def show_matrix(patches: Sequence[LockedPatch], environments: Sequence[Seen], form: Format) -> None:
    """Print a row for each patch and a column for each environment; one that was not read says why it was not."""
    columns = {seen.name: cells_of(patches, seen.found) if seen.found else {} for seen in environments}
    known = [locked.patch.name for locked in patches]
    newer = sorted({name for column in columns.values() for name in column} - set(known))
    if form is Format.JSON:
        print_json(
            {
                "environments": {seen.name: _environment_to_json(seen) for seen in environments},
                "patches": [
                    {"id": name, "in": {seen.name: _cell(columns[seen.name], seen, name) for seen in environments}}
                    for name in known + newer
                ],
            }
        )
        return
    rows = [(name, *(_words(columns[seen.name], seen, name) for seen in environments)) for name in known + newer]
    show_table(("patch", *columns), rows)
    for seen in environments:
        show(f"{seen.name}: {_summary(columns[seen.name], seen)}")


def _environment_to_json(seen: Seen) -> dict[str, object]:
    drift = seen.found.drift if seen.found else None
    return {
        "patched": seen.found.ledger.exists if seen.found else None,
        "drift": {**drift.counts, "unknown": len(drift.unknown)} if drift else None,
        "error": f"{type(seen.error).__name__}: {seen.error}" if seen.error else None,
    }


def _cell(column: Mapping[str, Cell], seen: Seen, name: str) -> dict[str, str | None] | None:
    if seen.error is not None or name not in column:
        return None
    return column[name].to_json()


def _words(column: Mapping[str, Cell], seen: Seen, name: str) -> str:
    if seen.error is not None:
        return type(seen.error).__name__
    return str(column[name]) if name in column else NOT_THERE


def _summary(column: Mapping[str, Cell], seen: Seen) -> str:
    if seen.error is not None:
        return f"not read: {seen.error}"
    words = [cell.status for cell in column.values()]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    never = "never patched; " if seen.found and not seen.found.ledger.exists else ""
    return never + (counts or "no patch") + _drift_words(seen.found)


def _drift_words(found: Found | None) -> str:
    if found is None or found.drift is None:
        return ""
    drift = found.drift
    differences = f"; {counted(len(drift.differences), 'difference', 'differences')} in its schema"
    if drift.is_judged:
        return differences
    return f"{differences}, and {counted(len(drift.unjudged), 'object', 'objects')} that cannot be judged"


def _differences(drift: Drift | None) -> Sequence[Difference]:
    return () if drift is None else drift.differences
