"""Writes `docs/cost/README.md`: what a month costs, counted in a rehearsal and in the synthesized stack.

    .venv/bin/python docs/cost/cost.py          (about a minute; Node and PostgreSQL come from the environment)

The counts are facts; the prices below are list prices of one region, to be replaced by yours.
"""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rdspatch.cli.stage import rehearsal_scene
from rdspatch.rehearsal.synthesis import synthesize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.rehearsal.history import Execution
    from rdspatch.rehearsal.invocation import Invocation

ROOT: Final = Path(__file__).parents[2]
DAYS: Final = 30
DEPLOYS_A_DAY: Final = 10
HOURS: Final = DAYS * 24
MEMORY_GB: Final = {"patcher": 0.5, "health": 0.25}
INDEXES: Final = 2
METRICS: Final = 7

# US dollars, us-east-1, without any free allowance.
PRICES: Final = {
    "state transition": 0.025 / 1_000,
    "GB-second (arm64)": 0.0000133334,
    "invocation": 0.20 / 1_000_000,
    "write request unit": 0.625 / 1_000_000,
    "endpoint hour": 0.01,
    "alarm metric": 0.10,
    "custom metric": 0.30,
    "dashboard": 3.00,
    "key": 1.00,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one run takes."""

    transitions: int
    invocations: int
    gb_seconds: float
    writes: int
    """Records in the audit table, each of which is written into the indexes too."""


def counts_of(executions: Sequence[Execution], invocations: Sequence[Invocation], records: int) -> Counts:
    """Count what some executions together took; Lambda bills whole milliseconds."""
    return Counts(
        transitions=sum(execution.transitions for execution in executions),
        invocations=len(invocations),
        gb_seconds=sum(MEMORY_GB[each.function] * each.duration_ms / 1000 for each in invocations),
        writes=records * (1 + INDEXES),
    )


def rehearsed() -> dict[str, Counts]:
    """Rehearse a deployment with every patch pending, one with none, and a nightly repair; count each."""
    found = {}
    with rehearsal_scene(patches=None, time_scale=0, command="cost") as scene:
        rehearsal = scene.rehearsal

        def run_all() -> list[Execution]:
            return [rehearsal.run()]

        def repair() -> list[Execution]:
            started = rehearsal.fire_schedule("2026-03-01T03:17:00Z")
            run = rehearsal.find("scheduled-2026-03-01T0317")
            runs = [rehearsal.wait(run.arn)] if run else []
            return [started, *runs]

        jobs = {"deploy, every patch pending": run_all, "deploy, nothing pending": run_all, "nightly repair": repair}
        for name, job in jobs.items():
            before, seen = len(rehearsal.invocations), len(rehearsal.audit_records)
            executions = job()
            broken = [each for each in executions if each.status != "SUCCEEDED"]
            if broken:
                raise SystemExit(f"{name}: {broken[0].status}, {broken[0].cause}")
            found[name] = counts_of(executions, rehearsal.invocations[before:], len(rehearsal.audit_records) - seen)
    return found


def standing(stage: str) -> dict[str, float]:
    """What a stage has all the time: interface endpoints by zone, metrics of alarms, dashboards, keys."""
    with tempfile.TemporaryDirectory() as folder:
        template = json.loads(synthesize(Path(folder), project=ROOT, stage=stage).read_text(encoding="utf-8"))
    found: dict[str, list[dict[str, Any]]] = {}
    for resource in template["Resources"].values():
        found.setdefault(resource["Type"], []).append(resource.get("Properties", {}))
    endpoints = [item for item in found.get("AWS::EC2::VPCEndpoint", []) if item.get("VpcEndpointType") == "Interface"]
    alarms = found.get("AWS::CloudWatch::Alarm", [])
    return {
        "endpoint hour": sum(len(item["SubnetIds"]) for item in endpoints) * HOURS,
        "alarm metric": sum(sum("MetricStat" in part for part in item.get("Metrics", [])) or 1 for item in alarms),
        "dashboard": len(found.get("AWS::CloudWatch::Dashboard", [])),
        "key": len(found.get("AWS::KMS::Key", [])),
        "custom metric": METRICS,
    }


def working(runs: dict[str, Counts]) -> dict[str, float]:
    """A month of a repair every night and ten deploys a day, of which one applies what the rehearsal applied."""
    times = {
        "deploy, every patch pending": DAYS,
        "deploy, nothing pending": (DEPLOYS_A_DAY - 1) * DAYS,
        "nightly repair": DAYS,
    }
    total = dict.fromkeys(("state transition", "invocation", "GB-second (arm64)", "write request unit"), 0.0)
    for name, counts in runs.items():
        total["state transition"] += times[name] * counts.transitions
        total["invocation"] += times[name] * counts.invocations
        total["GB-second (arm64)"] += times[name] * counts.gb_seconds
        total["write request unit"] += times[name] * counts.writes
    return total


def page(runs: dict[str, Counts], month: dict[str, float], stages: dict[str, dict[str, float]]) -> str:
    """The document."""
    lines = [
        "# What it costs",
        "",
        "`cost.py` beside this page wrote it, from a rehearsal of the workflow and from the synthesized stack.",
        "Counts are exact; times are those of the machine that rehearsed, without the cold starts of functions.",
        "Prices are list prices of us-east-1 in US dollars without free allowances: put yours into the script.",
        "",
        "| one run | state transitions | invocations | GB-seconds | DynamoDB writes, indexes included |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {each.transitions} | {each.invocations} | {each.gb_seconds:.1f} | {each.writes} |"
        for name, each in runs.items()
    ]
    lines += ["", f"A month of {DAYS} days, with a repair every night and {DEPLOYS_A_DAY} deploys a day:", ""]
    lines += ["| what | how many | price of one | a month |", "|---|---|---|---|"]
    lines += [_row(name, number) for name, number in month.items()]
    lines += [f"| all runs | | | {_total(month):.2f} |", ""]
    for stage, kept in stages.items():
        lines += [f"What the stage `{stage}` has all the time (its database and its logs are not in it):", ""]
        lines += ["| what | how many | price of one | a month |", "|---|---|---|---|"]
        lines += [_row(name, number) for name, number in kept.items()]
        lines += [f"| all of it | | | {_total(kept):.2f} |", ""]
    return "\n".join(lines)


def _row(name: str, number: float) -> str:
    price = f"{PRICES[name]:.10f}".rstrip("0").rstrip(".")
    return f"| {name} | {math.ceil(number)} | {price} | {number * PRICES[name]:.2f} |"


def _total(numbers: dict[str, float]) -> float:
    return sum(number * PRICES[name] for name, number in numbers.items())


if __name__ == "__main__":
    counted = rehearsed()
    text = page(counted, working(counted), {stage: standing(stage) for stage in ("existing", "sandbox")})
    Path(__file__).with_name("README.md").write_text(text, encoding="utf-8")
