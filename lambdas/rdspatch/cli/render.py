"""Turns values into what a command prints: text for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rdspatch.cli.options import Format
from rdspatch.core.counted import counted
from rdspatch.core.errors import InputError, Problem
from rdspatch.core.outcome import ApplyReport, Result
from rdspatch.core.plan import Plan, Step
from rdspatch.core.printable import printable
from rdspatch.core.proof import strongest_locks
from rdspatch.core.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.engine.verify import Verification

_STYLES = {
    Result.APPLIED: "green",
    Result.FAILED: "bold red",
    Result.UNKNOWN: "bold yellow",
    Result.NOT_REACHED: "yellow",
}


def visible(text: str) -> str:
    """The text with its lines kept and every other control character spelled out.

    Names, reasons and messages come from pull requests, databases and servers: an escape sequence in one of them could
    move the cursor and write over the lines above it, and a bidirectional control could turn a word around.
    """
    return "\n".join(printable(line.expandtabs(4)) for line in text.split("\n"))


def show(text: str) -> None:
    """A text and the end of its line on standard output."""
    sys.stdout.write(f"{visible(text)}\n")


def tell(text: str) -> None:
    """The same on standard error: notes, progress and what went wrong."""
    sys.stderr.write(f"{visible(text)}\n")


def show_styled(*parts: tuple[str, str]) -> None:
    """One line of texts, each with its style, which shows on a terminal only."""
    if not sys.stdout.isatty():
        show("".join(text for text, _ in parts))
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and what programs read needs none of it
    from rich.text import Text  # noqa: PLC0415

    Console(soft_wrap=True).print(Text.assemble(*((visible(text), style) for text, style in parts)))


class Documents:
    """Counts the JSON documents of a command: whoever reads them waits for one, also from a command that failed."""

    printed = 0


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    Documents.printed += 1
    text = json.dumps(document, indent=2, ensure_ascii=False)
    # A terminal obeys more control characters than the ones that JSON escapes; here they stand within strings only.
    sys.stdout.write("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n")


def error_to_json(error: Exception, exit_code: int) -> dict[str, Any]:
    """What a command prints that ended before it could print its own document."""
    problems = error.problems if isinstance(error, InputError) else ()
    message = error.whole if isinstance(error, InputError) else str(error)
    return {
        "error": {
            "name": type(error).__name__,
            "exit_code": exit_code,
            "message": message,
            "problems": [problem.to_json() for problem in problems],
        }
    }


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan as `rdspatch plan --format json` prints it."""
    return {
        "pending": [_step_to_json(step) | _proof_to_json(step) for step in plan.pending],
        "applied": [_step_to_json(step) for step in plan.applied]
        + [
            {
                "id": row.patch_id,
                "checksum": row.checksum,
                "reason": f"applied {row.applied_at_utc}; its file is not in this directory",
            }
            for row in plan.without_file
        ],
        "refused": [_step_to_json(step) for step in plan.refused],
    }


def tell_notes(*notes: Problem | None) -> None:
    """Say on stderr what is no error, and yet to be known before or after a run."""
    for note in filter(None, notes):
        tell(f"note: {note.cause}")


def show_plan(plan: Plan, form: Format) -> None:
    """Print what a run would do with each patch."""
    document = plan_to_json(plan)
    if form is Format.JSON:
        print_json(document)
        return
    rows = [
        (item["id"], group, item["reason"], _lock_words(item), _hazard_words(item))
        for group in ("applied", "refused", "pending")
        for item in document[group]
    ]
    show_table(("patch", "state", "why", "locks", "hazards"), rows)
    counts = ", ".join(f"{len(document[group])} {group}" for group in ("applied", "pending", "refused"))
    show(counts)


def verification_to_json(found: Verification) -> dict[str, Any]:
    """The verification as `rdspatch verify --format json` prints it, whatever was found."""
    return {
        "verified": list(found.patches) if found.is_true else [],
        "missing": [problem.to_json() for problem in found.missing],
        "untrue": [problem.to_json() for problem in found.untrue],
        "unjudged": list(found.unjudged),
        "lost": list(found.lost),
    }


def verified(found: Verification) -> str:
    """What is said of patches that are true."""
    verified = f"{counted(len(found.patches), 'applied patch', 'applied patches')} verified"
    if not found.unjudged:
        return verified
    return f"{verified}; not verified, without a file here of the text that was applied: {', '.join(found.unjudged)}"


def report_to_json(report: ApplyReport, run: Run, found: Verification | None) -> dict[str, Any]:
    """The report as `rdspatch apply --format json` prints it; `verification` is null where nothing was verified."""
    verification = None if found is None else verification_to_json(found)
    outcomes = [outcome.to_json() for outcome in report.outcomes]
    return {"run_id": run.id, "outcomes": outcomes, "verification": verification}


def show_report(report: ApplyReport) -> None:
    """Print what became of each patch that was pending."""
    if not report.outcomes:
        show("nothing to do: every patch is applied")
        return
    for outcome in report.outcomes:
        facts = outcome.to_json()
        tries = f", {outcome.lock_attempts} lock waits" if outcome.lock_attempts else ""
        time = f" in {facts['duration_ms']} ms{tries}" if outcome.result is Result.APPLIED else ""
        show_styled((f"{outcome.result.value:>11}", _STYLES[outcome.result]), (f" {outcome.patch_id}{time}", ""))


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table: on a terminal its widest column folds; elsewhere a row stays one line, whatever is in it."""
    if not sys.stdout.isatty():
        _show_lines([head, *rows])
        return
    from rich.console import Console  # noqa: PLC0415 - as in `show_styled`
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    widest = max(range(len(head)), key=lambda column: max((len(row[column]) for row in rows), default=0))
    for column, title in enumerate(head):
        table.add_column(title, overflow="fold", no_wrap=column != widest)
    for row in rows:
        table.add_row(*map(visible, row))
    Console(markup=False, emoji=False, highlight=False).print(table)


def _show_lines(rows: Sequence[Sequence[str]]) -> None:
    lines = [[" ".join(cell.splitlines()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        show("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _step_to_json(step: Step) -> dict[str, Any]:
    return {"id": step.locked.patch.name, "checksum": step.locked.patch.checksum, "reason": step.reason}


def _proof_to_json(step: Step) -> dict[str, Any]:
    return {
        "locks": strongest_locks(step.locked.traces),
        "hazards": [hazard.to_json() for hazard in step.locked.hazards],
        "depends": [str(dependence) for dependence in step.locked.depends],
        "unproven": list(step.locked.unproven),
    }


def _lock_words(item: Mapping[str, Any]) -> str:
    return ", ".join(f"{mode.removesuffix('Lock')} on {name}" for name, mode in item.get("locks", {}).items())


def _hazard_words(item: Mapping[str, Any]) -> str:
    hazards = (f"{fact['hazard']} on {fact['on']}" for fact in item.get("hazards", ()))
    return ", ".join(dict.fromkeys((*hazards, *item.get("depends", ()), *item.get("unproven", ()))))


def show_audit(records: Sequence[Mapping[str, Any]]) -> None:
    """Print audit records as a table, in the order of their keys."""
    rows = []
    for record in records:
        facts = json.loads(record["body"])
        what = str(record.get("patch_id") or facts.get("message") or facts.get("reason") or facts.get("mode") or "")
        first_line = what.partition("\n")[0]
        rows.append((record["at"][11:19], record["run_id"], record["event"], first_line, record["hash"][:12]))
    show_table(("at", "run", "event", "what", "hash"), rows)
