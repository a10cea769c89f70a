"""Writes `docs/cost/README.md`: what a month costs, counted in a rehearsal and in the synthesized stack.

    .venv/bin/python docs/cost/cost.py          (about a minute; Node and PostgreSQL come from the environment)

The counts are facts; the prices, in `prices.json`, are list prices of one region, to be replaced by yours.
"""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rdspatch.cli.stage import rehearsal_scene
from rdspatch.handlers.measuring import Metric
from rdspatch.rehearsal.synthesis import synthesize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.rehearsal.history import Execution
    from rdspatch.rehearsal.rehearsal import Rehearsal

ROOT: Final = Path(__file__).parents[2]
DAYS: Final = 30
DEPLOYS_A_DAY: Final = 10
HOURS: Final = DAYS * 24
HERE: Final = Path(__file__).parent
WRITE_UNIT_BYTES: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one run takes."""

    transitions: int
    invocations: int
    gb_seconds: float
    writes: int
    """Write request units of the audit table and of its indexes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What one of each thing costs, where and when."""

    region: str
    currency: str
    read_on: str
    of_one: Mapping[str, float]
    sources: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> Prices:
        """Read a file like `prices.json`."""
        document = json.loads(path.read_text(encoding="utf-8"))
        prices = document.pop("prices")
        return cls(
            **document,
            of_one={name: price["of_one"] for name, price in prices.items()},
            sources={name: price["source"] for name, price in prices.items()},
        )


def write_units(record: Mapping[str, Any], index_keys: Sequence[str]) -> int:
    """What one record costs: its size in the table, and again in each index whose key it has."""
    size = sum(len(name) + len(str(value).encode()) for name, value in record.items())
    return math.ceil(size / WRITE_UNIT_BYTES) * (1 + sum(key in record for key in index_keys))


def counts_of(rehearsal: Rehearsal, executions: Sequence[Execution], *, calls: int, records: int) -> Counts:
    """Count what some executions together took, beyond what was there before them; Lambda bills whole milliseconds."""
    memory_gb = {function.role: function.memory_mb / 1024 for function in rehearsal.workflow.functions}
    index_keys = [
        str(index["KeySchema"][0]["AttributeName"])
        for table in rehearsal.workflow.tables.values()
        for index in table.get("GlobalSecondaryIndexes", ())
    ]
    invocations = rehearsal.invocations[calls:]
    return Counts(
        transitions=sum(execution.transitions for execution in executions),
        invocations=len(invocations),
        gb_seconds=sum(memory_gb[each.function] * each.duration_ms / 1000 for each in invocations),
        writes=sum(write_units(record, index_keys) for record in rehearsal.audit_records[records:]),
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
            found[name] = counts_of(rehearsal, executions, calls=before, records=seen)
    return found


def template_of(stage: str) -> dict[str, Any]:
    """The synthesized template of a stage of `cdk.json`."""
    with tempfile.TemporaryDirectory() as folder:
        template: dict[str, Any] = json.loads(
            synthesize(Path(folder), project=ROOT, stage=stage).read_text(encoding="utf-8")
        )
    return template


def standing(template: Mapping[str, Any]) -> dict[str, float]:
    """What a stage has all the time: interface endpoints by zone, metrics of alarms, dashboards, keys, secrets."""
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
        "secret": len(found.get("AWS::SecretsManager::Secret", [])),
        "custom metric": len(Metric),
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


def page(runs: dict[str, Counts], month: dict[str, float], stages: dict[str, dict[str, float]], prices: Prices) -> str:
    """The document."""
    lines = [
        "# What it costs",
        "",
        "`cost.py` beside this page wrote it, from a rehearsal of the workflow and from the synthesized stack.",
        "Counts are exact; times are those of the machine that rehearsed.",
        "The cold starts of functions, which Lambda bills too, are not in them.",
        "",
        f"The prices are an input: [prices.json](prices.json) has those of {prices.region} ({prices.currency}).",
        f"Checked on {prices.read_on}, against stored copies and published summaries of the price pages named below.",
        "Put yours there, and `.venv/bin/python docs/cost/cost.py` writes this page again.",
        "",
        "| one run | state transitions | invocations | GB-seconds | DynamoDB write units, indexes included |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {each.transitions} | {each.invocations} | {each.gb_seconds:.1f} | {each.writes} |"
        for name, each in runs.items()
    ]
    lines += ["", f"A month of {DAYS} days, with a repair every night and {DEPLOYS_A_DAY} deploys a day:", ""]
    lines += [*_table(month, prices, sum_of="all runs"), ""]
    for stage, kept in stages.items():
        lines += [f"What the stage `{stage}` has all the time:", ""]
        lines += [*_table(kept, prices, sum_of="all of it"), ""]
    lines += [
        "Left out: the database and its snapshots; logs and traces; reads of DynamoDB, and what is stored there.",
        "So are messages, events and the schedule: at this rate a few hundred a month.",
        "",
        "| what | price of one, in " + prices.region + " | from |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {_written(prices.of_one[name])} | <{source}> |" for name, source in prices.sources.items()]
    return "\n".join([*lines, ""])


def _table(numbers: dict[str, float], prices: Prices, *, sum_of: str) -> list[str]:
    costs = {name: number * prices.of_one[name] for name, number in numbers.items()}
    return [
        "| what | how many | price of one | a month |",
        "|---|---|---|---|",
        *(
            f"| {name} | {math.ceil(number)} | {_written(prices.of_one[name])} | {costs[name]:.2f} |"
            for name, number in numbers.items()
        ),
        f"| {sum_of} | | | {sum(costs.values()):.2f} |",
    ]


def _written(price: float) -> str:
    return f"{price:.10f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    counted = rehearsed()
    kept = {stage: standing(template_of(stage)) for stage in ("existing", "sandbox")}
    text = page(counted, working(counted), kept, Prices.read(HERE / "prices.json"))
    (HERE / "README.md").write_text(text, encoding="utf-8")
