"""`rdspatch report`: one run in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from rdspatch.adapters.clock import SystemClock
from rdspatch.cli.audit_options import AuditTableOption, TargetOption, audit_reader, runs_by_id
from rdspatch.cli.history import run_to_json
from rdspatch.cli.options import Format, FormatOption
from rdspatch.cli.render import print_json, show
from rdspatch.core.audit import AuditRecord
from rdspatch.core.recorded_run import RecordedRun, facts_of

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="The run's id: the name of its execution.", show_default=False)
]


def report(
    run: RunArgument, audit_table: AuditTableOption, target: TargetOption = None, form: FormatOption = Format.TEXT
) -> None:
    """Tell one run: what was asked for, what each patch did and how long it took, what failed, how healthy it ended."""
    found = runs_by_id(audit_reader(audit_table), run, target)
    now = SystemClock().now()
    if form is Format.JSON:
        print_json({"runs": [run_to_json(one, now) | _details(one) for one in found]})
        return
    for one in found:
        for line in _lines(one, one.result(now)):
            show(line)


def _details(run: RecordedRun) -> dict[str, Any]:
    return {
        "execution": run.execution,
        "outcome": dict(run.outcome),
        "health": dict(run.health),
        "records": [
            {"at": record.at, "event": record.event, "patch": record.patch_id, "facts": dict(facts_of(record))}
            for record in run.records
        ],
    }


def _lines(run: RecordedRun, result: str) -> Iterator[str]:
    yield f"run {run.id} on {run.target}: {result}"
    yield f"  asked for   {run.mode or '?'}{f', because: {run.reason}' if run.reason else ''}"
    yield f"  started     {run.started_at}"
    yield f"  ended       {run.end.at if run.end else '-'}"
    if run.execution:
        yield f"  execution   {run.execution}"
    if run.outcome.get("message"):
        yield f"  in short    {run.outcome['message']}"
    if run.failure is not None:
        yield f"  failed at   {facts_of(run.failure).get('error', run.failure.patch_id)}"
    if run.unknown:
        yield f"  not known   {', '.join(run.unknown)}: the ledger says whether it took effect"
    yield "records:"
    for record in run.records:
        yield f"  {record.at}  {record.event:<18}{_what(record)}"
        yield from _lists(facts_of(record))
    if run.health:
        yield "health:"
        yield from (f"  {line}" for line in _probes(run.health))


def _what(record: AuditRecord) -> str:
    """What a record says beyond its event, in a line."""
    facts = facts_of(record)
    took = f" in {facts['duration_ms']} ms" if "duration_ms" in facts else ""
    waits = f", {facts['lock_attempts']} lock waits" if facts.get("lock_attempts") else ""
    late = ", recorded late" if facts.get("recorded") == "late" else ""
    words = [f"{record.patch_id}{took}{waits}{late}"] if record.patch_id else []
    words += [str(facts[name]).partition("\n")[0] for name in ("error", "reason", "message") if facts.get(name)]
    return ": ".join(dict.fromkeys(words)) or _numbers(facts)


def _lists(facts: Mapping[str, Any]) -> Iterator[str]:
    """What a record lists: differences of a drift, patches of a repair and why."""
    for name, items in facts.items():
        texts = [item for item in items if isinstance(item, str)] if isinstance(items, list) else []
        if texts:
            yield f"    {name}:"
            yield from (f"      {text}" for text in texts)


def _numbers(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items() if isinstance(value, int | str) and value != "")


def _probes(health: Mapping[str, Any]) -> Iterator[str]:
    yield str(health.get("reason", ""))
    probes = health.get("probes")
    for probe in probes if isinstance(probes, list) else ():
        if not isinstance(probe, Mapping):  # nothing that we have written
            yield str(probe)
            continue
        answer = probe.get("error") or probe.get("status")
        yield f"{probe.get('at')}  {probe.get('path')}  {answer}, {probe.get('elapsed_ms')} ms"
