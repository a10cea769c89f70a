"""Counts the trials of each experiment, and writes `docs/reliability.md` when asked to.

A test is a trial of the experiment that its marker names. One that makes several calls the fixture `trials`; what it
measured goes into `seen`.
"""

from __future__ import annotations

import os
import platform
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.faults.catalogue import EXPERIMENTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARKER, LATER = "experiment", "faults_only"
IN_CI = pytest.StashKey[Counter[str]]()
"""How many trials of each experiment CI runs, of all tests that were collected; of some it may be none."""
HEAD = """# Reliability

What is done to runs on purpose, and what came of it. After each trial the run is repeated, and what has to hold
whatever happens is checked again. Other roles' functions lie in wait in every database: a trial in which a run calls
one has failed. `make faults` runs all of it against a real PostgreSQL and a simulated AWS, and writes this file.
"""


@dataclass(slots=True)
class Tally:
    """What became of one experiment's trials."""

    passed: int = 0
    failed: int = 0
    skipped: dict[str, None] = field(default_factory=dict)
    """The reasons, each once."""
    seen: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reliability", metavar="FILE", help="write what the experiments found to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARKER}(id): a trial of this experiment of tests/faults/catalogue.py")
    if config.getoption("--reliability") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(config.rootpath / config.getoption("--reliability")))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    counts = config.stash.setdefault(IN_CI, Counter())
    for item in items:
        for marker in item.iter_markers(MARKER):
            if marker.args[0] not in EXPERIMENTS:
                raise pytest.UsageError(f"{item.nodeid}: there is no experiment {marker.args[0]}")
            item.user_properties.append((MARKER, marker.args[0]))
            counts[marker.args[0]] += item.get_closest_marker(LATER) is None


@pytest.fixture
def trials(request: pytest.FixtureRequest) -> Callable[[int], None]:
    """Says how many trials this test is, when it is not one."""
    return lambda count: request.node.user_properties.append(("trials", count))


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Callable[[str, float], None]:
    """Keeps a measured value for the report: what was measured, with its unit, and how much it was."""
    return lambda what, value: request.node.user_properties.append(("seen", (what, value)))


class Reporter:
    """Gathers the outcomes in the process that sees them all."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._started = datetime.now(UTC)
        self._tallies: dict[str, Tally] = defaultdict(Tally)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        properties = report.user_properties
        count = sum(int(str(value)) for name, value in properties if name == "trials") or 1
        for experiment in {str(value) for name, value in properties if name == MARKER}:
            tally = self._tallies[experiment]
            if report.skipped:
                reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
                tally.skipped[reason.removeprefix("Skipped: ")] = None
            elif report.failed:
                tally.failed += 1
            else:
                tally.passed += count
                for name, value in properties:
                    if name == "seen":
                        tally.seen[value[0]].append(value[1])  # type: ignore[index] # a pair

    def pytest_sessionfinish(self) -> None:
        self._file.write_text(render(self._tallies, self._started, datetime.now(UTC)), encoding="utf-8")


def render(tallies: dict[str, Tally], started: datetime, ended: datetime) -> str:
    total = sum(tally.passed + tally.failed for tally in tallies.values())
    failed = sum(tally.failed for tally in tallies.values())
    minutes = (ended - started).total_seconds() / 60
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    lines = [
        HEAD,
        f"Run of {started:%Y-%m-%d}, {where}: **{total:,} trials, {failed} not as expected**, {minutes:.0f} minutes.",
        "",
        "| | what is done | what is expected | trials | what was seen |",
        "|---|---|---|---:|---|",
    ]
    for name, experiment in EXPERIMENTS.items():
        tally = tallies.get(name, Tally())
        lines.append(
            f"| {name} | {experiment.injected} | {experiment.expected} | {tally.passed + tally.failed} "
            f"| {_outcome(tally)} |"
        )
    return "\n".join(lines) + "\n"


def _outcome(tally: Tally) -> str:
    parts = []
    if tally.failed:
        parts.append(f"**{tally.failed} not as expected**")
    elif tally.passed:
        parts.append("as expected")
    for what, values in sorted(tally.seen.items()):
        parts.append(f"{what}: at most {max(values):.4g}")
    parts += [f"left out: {reason}" for reason in tally.skipped]
    return "; ".join(parts) or "not run"
