"""`rdspatch lock` after one new patch, beside proving everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.measure import Goal, Row, Series
from bench.setting import RDSPATCH
from bench.workload import step, steps, write_patches

if TYPE_CHECKING:
    from bench.setting import Setting

LOCK_FILE = "patches.lock.json"
MOST_SECONDS = 10.0


def measure(setting: Setting) -> Row:
    count = setting.sized(1_000, 20)
    directory = write_patches(setting.new_directory("lock"), steps(count))
    words = (RDSPATCH, "lock", "--patches", directory)
    full = setting.timed((*words, "--all"))
    setting.tell(f"everything: {full:.1f} s")
    known = (directory / LOCK_FILE).read_text()
    (directory / f"{count + 1:04}_step.sql").write_text(f"-- patch: One more.\n{step(count + 1)}")
    one_more = []
    for repetition in range(setting.repetitions):
        (directory / LOCK_FILE).write_text(known)
        one_more.append(setting.timed(words))
        setting.tell(f"{repetition + 1}/{setting.repetitions} one more: {one_more[-1]:.1f} s")
    new = Series(who=f"one new patch after {count:,}", values=tuple(one_more))
    return Row(
        id="lock",
        title="`rdspatch lock`",
        how=(
            "The whole process with its own embedded PostgreSQL. After one new patch the known ones are replayed and "
            "their effects compared as a whole; only the new one is proven. Proving everything was measured once."
        ),
        series=(new, Series(who=f"every one of {count:,} proven", values=(full,))),
        goals=(
            Goal(wanted=f"under {MOST_SECONDS:.0f} s", found=f"{new.median:.1f} s", holds=new.median < MOST_SECONDS),
        ),
    )
