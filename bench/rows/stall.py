"""How long an application waits while a tool's ALTER TABLE waits behind a long reader."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import TYPE_CHECKING

from bench.measure import Goal, Row, Series, ratio
from bench.peers.all import tools
from bench.peers.tool import Command, Tool
from bench.setting import PROGRAMS
from rdspatch.core.waits import DEFAULT_WAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.setting import Setting

BEFORE_SECONDS, AFTER_SECONDS = 1.0, 2.0
CLIENTS, A_SECOND = 4, 200
MOST_OVER_MS = 50
TABLE = (
    "CREATE TABLE hot (id int PRIMARY KEY, n int NOT NULL); INSERT INTO hot SELECT g, 0 FROM generate_series(1, 1000) g"
)
ALTER = "ALTER TABLE hot ADD COLUMN IF NOT EXISTS note text;\n"
REQUEST = "\\set id random(1, 1000)\nSELECT n FROM hot WHERE id = :id;\n"


def measure(setting: Setting) -> Row:
    reader = setting.sized(10.0, 2.0)
    script = setting.new_directory("stall") / "request.sql"
    script.write_text(REQUEST)
    contestants = {tool.name: tool for tool in tools(setting)}
    contestants["psql"] = _psql(setting)
    longest: dict[str, list[float]] = {name: [] for name in contestants}
    high: dict[str, list[float]] = {name: [] for name in contestants}
    for repetition in range(setting.repetitions):
        for name, tool in contestants.items():
            waited = _waits(setting, tool, script, reader)
            longest[name].append(max(waited))
            high[name].append(sorted(waited)[int(len(waited) * 0.99)])
            setting.tell(f"{repetition + 1}/{setting.repetitions} {name}: longest {longest[name][-1]:.0f} ms")
    allowed = _longest_stay(reader) + MOST_OVER_MS
    ours = max(longest["rdspatch"])
    series = (
        *(Series(who=f"{name}, longest", values=tuple(values), unit="ms") for name, values in longest.items()),
        *(Series(who=f"{name}, 99th percentile", values=tuple(values), unit="ms") for name, values in high.items()),
    )
    return Row(
        id="stall",
        title="The application's longest wait",
        how=(
            f"pgbench reads one table {A_SECOND} times a second over {CLIENTS} connections. Another transaction has "
            f"read it and stays open for {reader:.0f} s; meanwhile each tool, as it comes, adds a column. A request "
            "counts from when it was due, so that whoever stands in line is seen. rdspatch's lock timeouts begin at "
            "50 ms and escalate; the others wait without one unless they are told to."
        ),
        series=series,
        ratios=tuple(
            ratio(series, f"{name}, longest", "rdspatch, longest") for name in contestants if name != "rdspatch"
        ),
        goals=(
            Goal(
                wanted=f"at most the lock timeout (up to {allowed - MOST_OVER_MS:.0f} ms here) + {MOST_OVER_MS} ms",
                found=f"{ours:.0f} ms in the worst repetition",
                holds=ours <= allowed,
            ),
        ),
    )


def _longest_stay(reader: float) -> float:
    """Milliseconds of the longest lock timeout that is reached while the reader is there."""
    passed, longest = 0.0, 0.0
    for wait in DEFAULT_WAITS:
        longest = wait.lock_timeout.total_seconds()
        passed += longest + wait.then_sleep.total_seconds() / 2
        if passed >= reader:
            break
    return longest * 1000


def _psql(setting: Setting) -> Tool:
    def prepare(directory: Path, texts: Sequence[str]) -> None:
        (directory / "all.sql").write_text("".join(texts))

    return Tool(
        name="psql",
        version="",
        settings="",
        prepare=prepare,
        command=lambda directory, database: Command(words=setting.psql(database, "-f", directory / "all.sql")),
    )


def _waits(setting: Setting, tool: Tool, script: Path, reader: float) -> list[float]:
    """Milliseconds of every request, while the tool runs behind the reader."""
    directory = setting.new_directory(tool.name)
    tool.prepare(directory, (ALTER,))
    database = setting.new_database()
    setting.timed(setting.psql(database, "-c", TABLE))
    log = setting.new_directory("pgbench") / "log"
    seconds = BEFORE_SECONDS + reader + AFTER_SECONDS
    load = (PROGRAMS / "pgbench", "-n", "-f", script, "-c", str(CLIENTS), "-R", str(A_SECOND), "-T", f"{seconds:.0f}")
    hold = f"BEGIN; SELECT count(*) FROM hot; SELECT pg_sleep({reader}); COMMIT"
    command = tool.command(directory, database)
    with _started(lambda: setting.timed((*load, "-l", f"--log-prefix={log}", database))) as pgbench:
        time.sleep(BEFORE_SECONDS / 2)
        with _started(lambda: setting.timed(setting.psql(database, "-o", "/dev/null", "-c", hold))):
            time.sleep(BEFORE_SECONDS / 2)
            setting.timed(command.words, environment=command.environment, cwd=command.cwd)
        pgbench.join()
    setting.server.drop_database(database)
    # client, number, latency in µs (counted from when the request was due), file, epoch, µs, lag behind schedule
    lines = [line.split() for file in log.parent.glob("log.*") for line in file.read_text().splitlines()]
    return [int(fields[2]) / 1000 for fields in lines]


class _started:  # noqa: N801 - a context manager
    """Something that runs in a thread until the block ends; its error is the block's."""

    def __init__(self, what: Callable[[], object]) -> None:
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(what,))

    def _run(self, what: Callable[[], object]) -> None:
        try:
            what()
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            self._error = error

    def __enter__(self) -> threading.Thread:
        self._thread.start()
        return self._thread

    def __exit__(self, *_exception: object) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error
