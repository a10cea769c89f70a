"""Nothing to do with 1,000 patches applied: the whole process beside every peer, and the engine's part of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.measure import Goal, Row, Series, ratio, take_turns
from bench.peers.all import tools
from bench.rows.engine import apply_all, plan_all
from bench.workload import steps, write_patches
from rdspatch.cli.source import lock_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.peers.tool import Tool
    from bench.setting import Setting

ENGINE = "rdspatch engine"
MOST_SECONDS = 0.030
WHY_NOT = (
    "nearly all of the time is Python importing, and more than half of that is SQLAlchemy with its dialect for "
    "PostgreSQL; typer and the driver come next. Each command imports only what it needs, rich comes in for a "
    "terminal alone, the AWS libraries not at all, and the garbage collector looks at none of it. Below that limit is "
    "only a command line that connects without SQLAlchemy, by another way than the one that runs in production."
)


def measure(setting: Setting) -> Row:
    count = setting.sized(1_000, 50)
    contestants: dict[str, Callable[[], float]] = {}
    notes, interpreted = {}, []
    for tool in tools(setting):
        directory = setting.new_directory(tool.name)
        tool.prepare(directory, steps(count))
        contestants[tool.name] = _again(setting, tool, directory)
        notes[tool.name] = f"{tool.version}: {tool.settings}"
        interpreted += [tool.name] if tool.is_interpreted and tool.name != "rdspatch" else []
    contestants[ENGINE] = _engine(setting, count)
    series = take_turns(contestants, repetitions=setting.repetitions, notes=notes, tell=setting.tell)
    ratios = tuple(ratio(series, one.who, "rdspatch") for one in series if one.who not in ("rdspatch", ENGINE))
    return Row(
        id="nothing-to-do",
        title=f"Nothing to do, {count:,} patches applied",
        how=(
            "The whole process on a database that has everything, each tool on its own database. The engine's part is "
            "connecting, the ledger in one query, and the decision, in a Python that runs already."
        ),
        series=series,
        ratios=ratios,
        goals=(_ahead(ratios_of=interpreted, series=series), _engine_goal(series)),
    )


def _again(setting: Setting, tool: Tool, directory: Path) -> Callable[[], float]:
    database = setting.new_database()
    command = tool.command(directory, database)

    def once() -> float:
        return setting.timed(command.words, environment=command.environment, cwd=command.cwd)

    once()
    return once


def _engine(setting: Setting, count: int) -> Callable[[], float]:
    url = setting.url(setting.new_database())
    patches = lock_file(write_patches(setting.new_directory("engine"), steps(count))).patches
    apply_all(url, patches)

    def once() -> float:
        started = time.perf_counter()
        plan = plan_all(url, patches)
        seconds = time.perf_counter() - started
        assert not plan.pending
        return seconds

    return once


def _ahead(*, ratios_of: list[str], series: tuple[Series, ...]) -> Goal:
    found = [ratio(series, name, "rdspatch") for name in ratios_of]
    return Goal(
        wanted="ahead of every interpreted peer",
        found=", ".join(f"{each.of} {each.median:.1f}x" for each in found),
        holds=all(each.median > 1 for each in found),
        why_not=WHY_NOT,
    )


def _engine_goal(series: tuple[Series, ...]) -> Goal:
    (engine,) = (one for one in series if one.who == ENGINE)
    return Goal(
        wanted=f"engine under {MOST_SECONDS * 1000:.0f} ms",
        found=f"{engine.median * 1000:.1f} ms",
        holds=engine.median < MOST_SECONDS,
    )
