"""Drift: a whole schema compared with what it should be, beside Alembic."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from bench.measure import Goal, Line, Row, Series, ratio, take_turns
from bench.setting import RDSPATCH, ROOT, ContestantFailed
from bench.tables import tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.setting import Setting

LEAST_TIMES = 10
ALEMBIC = ROOT / "bench" / "peers" / "compare_metadata.py"
OURS = ROOT / "bench" / "rows" / "find_drift.py"


def measure(setting: Setting) -> Row:
    sizes = setting.sized((100, 1_000, 5_000), (10, 50))
    judged = sizes[1]
    every: dict[int, tuple[Series, ...]] = {size: _of(setting, size) for size in sizes}
    over = [ratio(every[judged], one.who, "rdspatch") for one in every[judged][1:]]
    series = tuple(
        Series(who=f"{one.who}, {size:,} tables", values=one.values) for size in sizes for one in every[size]
    )
    alembic = over[0]
    return Row(
        id="drift",
        title="Drift: a live schema compared with what it should be",
        how=(
            "Tables of 20 columns with a key, an index and a foreign key; no difference to find. From connecting to "
            "the answer, in a fresh process whose imports are done and whose expectation (lock file, models) is "
            "loaded. rdspatch reads its ledger too. Alembic is `compare_metadata` with psycopg 3 at its defaults."
        ),
        series=series,
        ratios=tuple(over),
        goals=(
            Goal(
                wanted=f"at least {LEAST_TIMES} times faster than Alembic on {judged:,} tables",
                found=f"{alembic.median:.1f} times ({alembic.low:.1f} to {alembic.high:.1f})",
                holds=alembic.median >= LEAST_TIMES,
            ),
        ),
        lines=tuple(
            Line(who=one.who, points=tuple((size, every[size][place].median) for size in sizes))
            for place, one in enumerate(every[judged])
        ),
    )


def _of(setting: Setting, count: int) -> tuple[Series, ...]:
    directory = setting.new_directory(f"drift-{count}")
    baseline = directory / "baseline.sql"
    baseline.write_text(tables(count))
    setting.timed((RDSPATCH, "lock", "--patches", directory))
    database = setting.new_database()
    setting.timed(setting.psql(database, "-1", "-f", baseline))
    setting.timed(setting.psql(database, "-c", "VACUUM ANALYZE"))
    python = setting.installed.python / "python"
    url = f"postgresql+psycopg://postgres@/{database}"
    contestants = {
        "rdspatch": partial(_seconds, setting, (sys.executable, "-P", OURS, setting.url(database), directory)),
        "alembic": partial(_seconds, setting, (python, "-P", ALEMBIC, url, str(count))),
    }
    return take_turns(contestants, repetitions=setting.repetitions, tell=setting.tell)


def _seconds(setting: Setting, words: Sequence[str | Path]) -> float:
    """What a script prints as its seconds."""
    done = subprocess.run(words, env=setting.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContestantFailed(f"{words[2]}: {done.stderr[-2000:]}")
    return float(done.stdout)
