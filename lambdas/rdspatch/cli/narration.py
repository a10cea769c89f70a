"""What a state of the workflow did, in a few words, while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from rdspatch.cli.render import visible
from rdspatch.rehearsal.history import StateChange

_QUIET = frozenset({"Choice", "Pass", "Succeed", "Fail"})
_RECORDED = {
    "RecordStarted": "the audit has the start of the run",
    "RecordHealth": "the audit has every answer of the application",
    "FindLastRecord": "the newest record, which the last one continues",
    "RecordOutcome": "the audit has the end of the run",
    "PublishOutcome": "one event on EventBridge",
    "Notify": "one message on SNS",
    "WaitForLock": "waited, at no cost",
    "WaitForLockOfRepair": "waited, at no cost",
    "TakeSnapshot": "a snapshot is on its way",
    "RecordSnapshot": "the snapshot is complete, and the audit has its name",
}


def narrate(console: Console, change: StateChange) -> None:
    """Print one line for what a task or a wait has done, or for an attempt that failed."""
    if change.kind == "entered" or change.state_type in _QUIET:
        return
    if change.kind == "failed":
        error = escape(visible(str(change.data.get("error", ""))))
        console.print(f"  [red]✗[/] {change.state:<16} {error}", highlight=False)
        return
    words = told(change.state, change.data)
    if words:
        console.print(f"  [green]✓[/] {change.state:<16} {escape(visible(words))}", highlight=False)


def told(state: str, data: Any) -> str:
    """What a state has done, read from its output; nothing when it failed and its Catch left other data."""
    if state in _RECORDED:
        return _RECORDED[state]
    reader = _READERS.get(state)
    try:
        return reader(data) if reader else ""
    except (KeyError, TypeError):
        return ""


def _applied(data: Any) -> str:
    work = data["work"]
    waiting = f", {work['patch']} waits for a lock" if work["status"] == "wait" else ""
    return f"{work['applied']} applied, {work['pending']} pending{waiting}"


def _repaired(data: Any) -> str:
    work = data["work"]
    if work["status"] == "busy":
        return f"gives way to {work['holder']}"
    return f"{work['applied']} replayed, {work['pending']} to do"


def _counted(drift: Any) -> str:
    counts = ", ".join(f"{drift[kind]} {kind}" for kind in ("missing", "changed", "extra"))
    return f"{counts}; not all of it can be judged" if drift["unknown"] else counts


_READERS: Mapping[str, Callable[[Any], str]] = {
    "Preflight": lambda data: f"connected to {data['request']['target']}, mode {data['request']['mode']}",
    "Plan": lambda data: f"{data['work']['pending']} pending.{data['work']['note']}".removesuffix("."),
    "Apply": _applied,
    "Drift": lambda data: _counted(data["drift"]),
    "Repair": _repaired,
    "Verify": lambda data: f"{data['verified']['verified']} applied patches are true",
    "CheckHealth": lambda data: str(data["health"]["reason"]),
}
