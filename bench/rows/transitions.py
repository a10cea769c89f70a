"""What a run costs on AWS: state transitions and billed GB-seconds, from the rehearsal's history."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.measure import Goal, Row, Series
from bench.setting import ROOT, ContestantFailed
from bench.workload import steps, write_patches

if TYPE_CHECKING:
    from pathlib import Path

    from bench.setting import Setting

SCRIPT = ROOT / "bench" / "rows" / "rehearse.py"
A_TRANSITION = 0.025 / 1_000
A_GB_SECOND = 0.0000133334
AN_INVOCATION = 0.20 / 1_000_000
"""List prices in US dollars: Step Functions Standard, Lambda on arm64, in us-east-1, beyond the free tier."""


def measure(setting: Setting) -> Row:
    sizes = setting.sized((10, 1_000), (2, 20))
    found = {size: [_rehearse(setting, size) for _ in range(setting.repetitions)] for size in sizes}
    counts = {size: {each["transitions"] for each in found[size]} for size in sizes}
    dollars = {size: sum(_dollars(each) for each in found[size]) / len(found[size]) for size in sizes}
    return Row(
        id="run-cost",
        title="What a run costs on AWS",
        how=(
            "The synthesized workflow with the real handlers in a rehearsal. GB-seconds are the handlers' time on this "
            f"machine by the memory of the stack. Prices: {A_TRANSITION * 1000:.3f} dollars for 1,000 transitions, "
            f"{A_GB_SECOND} for a GB-second on arm64, {AN_INVOCATION * 1_000_000:.2f} for a million invocations. "
            "Records in DynamoDB, logs and the network are not in it."
        ),
        series=tuple(
            Series(who=f"{what}, {size:,} patches", values=tuple(each[key] for each in found[size]), unit=unit)
            for size in sizes
            for what, key, unit in (
                ("state transitions", "transitions", ""),
                ("invocations", "invocations", ""),
                ("billed", "gb_seconds", "GB s"),
            )
        ),
        goals=(
            Goal(
                wanted="as many transitions for the most patches as for the fewest, and the price of a run stated",
                found=f"{_words(counts[sizes[0]])} and {_words(counts[sizes[-1]])} transitions; "
                + ", ".join(f"{price:.5f} dollars with {size:,} patches" for size, price in dollars.items()),
                holds=counts[sizes[0]] == counts[sizes[-1]],
            ),
        ),
    )


def _rehearse(setting: Setting, size: int) -> dict[str, float]:
    directory: Path = write_patches(setting.new_directory(f"rehearse-{size}"), steps(size))
    words = (sys.executable, "-P", SCRIPT, directory)
    done = subprocess.run(words, env=setting.environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContestantFailed(f"{SCRIPT}: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    setting.tell(f"{size:,} patches: {found}")
    return found


def _dollars(run: dict[str, float]) -> float:
    return run["transitions"] * A_TRANSITION + run["gb_seconds"] * A_GB_SECOND + run["invocations"] * AN_INVOCATION


def _words(counts: set[float]) -> str:
    return " or ".join(f"{count:.0f}" for count in sorted(counts))
