"""`python -m bench`: measure, say whether the ratios agree with those of the last run, write the report."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import describe
from bench.peers.installed import install
from bench.report import write
from bench.results import keep, last_run
from bench.rows import apply, drift, growth, handler, imports, lock, nothing, stall, transitions
from bench.setting import HOME, ROOT, Setting
from rdspatch.authoring.postgres_server import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.measure import Row

ROWS: Mapping[str, Callable[[Setting], Row]] = {
    "apply-engine": apply.measure_engine,
    "apply-process": apply.measure_processes,
    "nothing-to-do": nothing.measure,
    "growth": growth.measure,
    "stall": stall.measure,
    "drift": drift.measure,
    "lock": lock.measure,
    "imports": imports.measure,
    "asset": imports.measure_asset,
    "warm-handler": handler.measure,
    "run-cost": transitions.measure,
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
"""The defaults of a server that keeps what it commits, as one in production does."""
PAGE = ROOT / "docs" / "performance.md"
QUICK_PAGE = HOME / "performance.md"
QUICK_REPETITIONS = 2


def main() -> None:
    """Measure every row, or those that are asked for."""
    arguments = _arguments()
    quick = arguments.quick or bool(arguments.only)
    repetitions = arguments.repetitions or (QUICK_REPETITIONS if arguments.quick else 5)
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / "pyproject.toml").write_text("")  # the project around it is none of the tools' business
    installed, machine, rows = install(HOME), describe(), []
    for name in arguments.only or ROWS:
        shutil.rmtree(HOME / "work", ignore_errors=True)
        with EmbeddedPostgres(DURABLE, on_disk=True) as server:
            setting = Setting(server=server, installed=installed, repetitions=repetitions, quick=arguments.quick)
            setting.tell(f"{name}:")
            rows.append(ROWS[name](setting))
    page: Path = arguments.page or (QUICK_PAGE if quick else PAGE)
    kept = HOME / "ratios.json"
    earlier = None if arguments.quick else last_run(kept)
    write(rows, machine, page, repetitions=repetitions, earlier=earlier)
    sys.stdout.write(f"{page}\n")
    if not quick:
        keep(rows, kept, date=machine["date"])
    if earlier:
        sys.stdout.writelines(f"disagrees with the run before: {line}\n" for line in earlier.disagreements(rows))
    for row in rows:
        for goal in row.goals:
            sys.stdout.write(f"{'holds' if goal.holds else 'MISSED'}: {row.title}: {goal.wanted}: {goal.found}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything works")
    parser.add_argument("--repetitions", type=int, help="how often each contestant has its turn; 5 by default")
    parser.add_argument("--only", choices=ROWS, action="append", help="a row; may be repeated")
    parser.add_argument("--page", type=Path, help=f"where the report goes; by default {PAGE.relative_to(ROOT)}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
