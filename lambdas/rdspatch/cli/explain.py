"""`rdspatch explain`: what the lock file knows of one patch, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import Format, FormatOption, PatchesOption
from rdspatch.cli.render import print_json, show
from rdspatch.cli.source import lock_file
from rdspatch.core.additive import only_adds
from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.lockfile import LockedPatch
from rdspatch.core.proof import StatementTrace

_MAX_STATEMENT_CHARACTERS = 100


def explain(
    patch: Annotated[
        str, typer.Argument(metavar="PATCH", help="Its name, its file's name or its number.", show_default=False)
    ],
    patches: PatchesOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Say what a patch was proven to do: statements with their locks, rewrites and scans; effects; hazards."""
    locked = _find(patch, lock_file(patch_directory(patches)).patches)
    if form is Format.JSON:
        print_json(explained(locked))
    else:
        show("\n".join(_lines(locked)))


def explained(locked: LockedPatch) -> dict[str, Any]:
    """The patch as `rdspatch explain --format json` prints it; `effects` is null where nothing was proven."""
    directives = locked.patch.directives
    return {
        "id": locked.patch.name,
        "checksum": locked.patch.checksum,
        "patch": directives.patch,
        "transaction": directives.transaction.value,
        "statements": [
            {"line": statement.line, "sql": locked.text_of(statement), **trace.to_json()}
            for statement, trace in zip(locked.statements, _traces(locked), strict=True)
        ],
        "effects": None if locked.effects is None else [str(effect) for effect in locked.effects],
        "hazards": [hazard.to_json() for hazard in locked.hazards],
        "depends": [str(dependence) for dependence in locked.depends],
        "unproven": list(locked.unproven),
        "verify": list(directives.verify),
    }


def _find(wanted: str, patches: Sequence[LockedPatch]) -> LockedPatch:
    name = wanted.removesuffix(".sql")
    number = int(name) if name.isdecimal() else None
    for locked in patches:
        if name == locked.patch.name or number == locked.patch.id.number:
            return locked
    instead = "`rdspatch status` lists them" if patches else "`rdspatch new` creates the first"
    raise BadInput([Problem(where="PATCH", what=f"{wanted!r} is no patch of this directory", instead=instead)])


def _lines(locked: LockedPatch) -> list[str]:
    lines = [f"{locked.patch.name}: {locked.patch.directives.patch}", "", "Statements"]
    for statement, trace in zip(locked.statements, _traces(locked), strict=True):
        lines.append(f"  line {statement.line}: {_short(locked.text_of(statement))}")
        lines += [f"    {words}" for words in _words(trace)]
    if locked.effects is None:
        return [*lines, "", "Not proven: `rdspatch lock` writes what it does into the lock file."]
    lines += ["", "Effects", *(f"  {effect}" for effect in locked.effects or ("none on the schema",))]
    hazards = [f"  {hazard.kind.value}, line {hazard.line}: {hazard.sentence}" for hazard in locked.hazards]
    lines += ["", "Hazards", *(hazards or [f"  {no_hazard(locked)}"])]
    for title, sentences in (("Not the same on every database", locked.depends), ("Not proven", locked.unproven)):
        if sentences:
            lines += ["", title, *(f"  {sentence}" for sentence in sentences)]
    return lines


def no_hazard(locked: LockedPatch) -> str:
    """What is said of a proven patch without a hazard."""
    if locked.depends or locked.unproven:
        return "none in what is the same on every database"
    if not locked.effects:
        return "none"
    return "none: it only adds" if only_adds(locked) else "none: it takes nothing away, and changes what is there"


def _words(trace: StatementTrace) -> list[str]:
    found = [f"takes {mode} on {name}" for name, mode in trace.locks]
    found += [f"rewrites {name}" for name in trace.rewrites]
    found += [f"reads all of {name}" for name in trace.scans]
    return found or ["takes no further lock"]


def _traces(locked: LockedPatch) -> tuple[StatementTrace, ...]:
    return locked.traces or (StatementTrace(),) * len(locked.statements)


def _short(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= _MAX_STATEMENT_CHARACTERS else line[: _MAX_STATEMENT_CHARACTERS - 1] + "…"
