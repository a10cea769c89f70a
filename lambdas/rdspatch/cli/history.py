"""`rdspatch history`: the runs that the audit knows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.audit_options import AuditTableOption, TargetOption, audit_reader, targets_of
from rdspatch.cli.options import Format, FormatOption
from rdspatch.cli.render import print_json, show, show_table
from rdspatch.core.recorded_run import RecordedRun

_HEAD = ("started at", "target", "run", "mode", "result", "patches", "reason")
_MOST_NAMES = 3


def history(
    audit_table: AuditTableOption,
    target: TargetOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many runs of each target.")] = 20,
    form: FormatOption = Format.TEXT,
) -> None:
    """List runs, the newest first: when, why, in which mode, how they ended, what they applied."""
    reader = audit_reader(audit_table)
    found = [run for name in targets_of(reader, target) for run in reader.runs(name, limit=limit)]
    runs = sorted(found, key=lambda run: run.started_at, reverse=True)
    now = SystemClock().now()
    if form is Format.JSON:
        print_json({"runs": [run_to_json(run, now) for run in runs]})
    elif runs:
        show_table(_HEAD, [_row(run, now) for run in runs])
    else:
        show("no run has a record")


def run_to_json(run: RecordedRun, now: datetime) -> dict[str, Any]:
    """One run as `history` and `report` print it."""
    return {
        "run_id": run.id,
        "target": run.target,
        "started_at": run.started_at,
        "ended_at": None if run.end is None else run.end.at,
        "mode": run.mode,
        "reason": run.reason,
        "result": run.result(now),
        "applied": list(run.applied),
        "replayed": list(run.replayed),
    }


def _row(run: RecordedRun, now: datetime) -> tuple[str, ...]:
    names = (*run.applied, *(f"{name} (replayed)" for name in run.replayed))
    more = ", …" if len(names) > _MOST_NAMES else ""
    patches = f"{len(names)}: {', '.join(names[:_MOST_NAMES])}{more}" if names else "0"
    started = run.started_at[:19].replace("T", " ")
    return (started, run.target, run.id, run.mode or "?", run.result(now), patches, run.reason)
