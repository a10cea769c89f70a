"""Apply 1,000 pending patches: the engine beside psql, the whole process beside every peer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.measure import Goal, Row, ratio, take_turns
from bench.peers.all import tools
from bench.rows.engine import apply_all
from bench.workload import steps, write_patches
from rdspatch.cli.source import lock_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.peers.tool import Tool
    from bench.setting import Setting

ENGINE, FLOOR = "rdspatch engine", "psql -f"
MOST_OVER_FLOOR = 1.5
WHY_NOT_ENGINE = (
    "each patch comes with what `psql -f` leaves out: settings that no earlier patch can have left behind, and the "
    "ledger row, which is its fence as well (a block of PL/pgSQL in its place took the server four times as long); "
    "some 0.1 ms on the server. The driver and SQLAlchemy, both pure Python, take about 0.15 ms more to send a message "
    "and to read the answers to its statements. It is one message a patch already; two patches in one would leave it "
    "open which of them failed, and sending the next before the answer would apply it after a failure."
)
WHY_NOT_PROCESS = (
    "the start of the process, most of it Python importing SQLAlchemy, is in every value; a compiled tool starts in a "
    "few milliseconds, and sends no ledger row under a lock, no fence and no timeouts."
)


def measure_engine(setting: Setting) -> Row:
    count = setting.sized(1_000, 50)
    texts = steps(count)
    directory = write_patches(setting.new_directory("engine"), texts)
    patches = lock_file(directory).patches
    script = directory.parent / f"{directory.name}.sql"
    script.write_text("".join(texts))

    def engine() -> float:
        database = setting.new_database()
        started = time.perf_counter()
        report = apply_all(setting.url(database), patches)
        seconds = time.perf_counter() - started
        assert report.work.applied == count
        setting.server.drop_database(database)
        return seconds

    def floor() -> float:
        database = setting.new_database()
        seconds = setting.timed(setting.psql(database, "-f", script))
        setting.server.drop_database(database)
        return seconds

    contestants = {ENGINE: engine, FLOOR: floor}
    series = take_turns(contestants, repetitions=setting.repetitions, tell=setting.tell)
    over = ratio(series, ENGINE, FLOOR)
    return Row(
        id="apply-engine",
        title=f"Apply {count:,} pending patches: the engine beside psql",
        how=(
            "From connecting to disconnecting, in a Python that runs already, as in a warm function. "
            "`psql -f` gets the same SQL in one file, one transaction a statement, without ledger, lock or timeouts; "
            "its time includes its start."
        ),
        series=series,
        ratios=(over,),
        goals=(
            Goal(
                wanted=f"at most {MOST_OVER_FLOOR} times `psql -f`",
                found=f"{over.median:.2f} times",
                holds=over.median <= MOST_OVER_FLOOR,
                why_not=WHY_NOT_ENGINE,
            ),
        ),
    )


def measure_processes(setting: Setting) -> Row:
    count = setting.sized(1_000, 50)
    contestants, notes = {}, {}
    for tool in tools(setting):
        directory = setting.new_directory(tool.name)
        tool.prepare(directory, steps(count))
        contestants[tool.name] = _whole_process(setting, tool, directory)
        notes[tool.name] = f"{tool.version}: {tool.settings}"
    series = take_turns(contestants, repetitions=setting.repetitions, notes=notes, tell=setting.tell)
    ratios = tuple(ratio(series, one.who, "rdspatch") for one in series[1:])
    return Row(
        id="apply-process",
        title=f"Apply {count:,} pending patches: the whole process",
        how="From the start of a process, on an empty database, to its end. Every tool gets the same SQL in files.",
        series=series,
        ratios=ratios,
        goals=(
            Goal(
                wanted="ahead of every peer",
                found=", ".join(f"{each.of} {each.median:.1f}x" for each in ratios),
                holds=all(each.median > 1 for each in ratios),
                why_not=WHY_NOT_PROCESS,
            ),
        ),
    )


def _whole_process(setting: Setting, tool: Tool, directory: Path) -> Callable[[], float]:
    def once() -> float:
        database = setting.new_database()
        command = tool.command(directory, database)
        seconds = setting.timed(command.words, environment=command.environment, cwd=command.cwd)
        setting.server.drop_database(database)
        return seconds

    return once
