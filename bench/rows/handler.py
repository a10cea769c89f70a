"""The warm handler: plan with nothing to do."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.measure import Goal, Row, Series, ratio
from bench.rows.engine import apply_all
from bench.setting import ROOT, ContestantFailed
from bench.workload import steps, write_patches
from rdspatch.cli.source import lock_file

if TYPE_CHECKING:
    from bench.setting import Setting

SCRIPT = ROOT / "bench" / "rows" / "warm_plan.py"
MOST_SECONDS = 0.020
WHY_NOT = (
    "a connection of its own takes most of the small value: a function that kept one would keep the run lock while it "
    "is frozen. With many patches, reading the ledger's rows and looking whether a patch file has changed come on top; "
    "the rows come as one document, the lock file is read once, and reasons are worded only for who asks."
)
NAMES = {
    "handler": "handler, plan",
    "connect and query": "connecting and one `SELECT 1`",
    "query": "one `SELECT 1` on an open connection",
}


def measure(setting: Setting) -> Row:
    sizes = setting.sized((10, 1_000), (10, 50))
    series = tuple(one for size in sizes for one in _of(setting, size))
    (small,) = (one for one in series if one.who == f"{NAMES['handler']}, {sizes[0]:,} patches")
    (large,) = (one for one in series if one.who == f"{NAMES['handler']}, {sizes[-1]:,} patches")
    return Row(
        id="warm-handler",
        title="Lambda: the warm patcher with nothing to do",
        how=(
            "The real handler, event to answer, after a first invocation: a connection of its own, the ledger, the "
            "decision, the log line. Beside it, in turns, the driver alone."
        ),
        series=series,
        ratios=tuple(
            ratio(series, f"{NAMES['handler']}, {size:,} patches", f"{NAMES['connect and query']}, {size:,} patches")
            for size in sizes
        ),
        goals=(
            Goal(
                wanted=f"under {MOST_SECONDS * 1000:.0f} ms",
                found=f"{small.median * 1000:.1f} ms with {sizes[0]:,} patches, "
                f"{large.median * 1000:.1f} ms with {sizes[-1]:,}",
                holds=max(small.median, large.median) < MOST_SECONDS,
                why_not=WHY_NOT,
            ),
        ),
    )


def _of(setting: Setting, size: int) -> tuple[Series, ...]:
    directory = write_patches(setting.new_directory(f"handler-{size}"), steps(size))
    database = setting.new_database()
    apply_all(setting.url(database), lock_file(directory).patches)
    times = setting.sized(4, 2) * setting.repetitions
    words = (sys.executable, "-P", SCRIPT, str(times), setting.server.socket_directory, database, directory)
    done = subprocess.run(words, env=setting.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContestantFailed(f"{SCRIPT}: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    return tuple(Series(who=f"{words}, {size:,} patches", values=tuple(found[name])) for name, words in NAMES.items())
