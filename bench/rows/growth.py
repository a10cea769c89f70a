"""Growth: what 100, 1,000 and 5,000 patches cost, a patch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.measure import Goal, Line, Row, Series, ratio, take_turns
from bench.rows.engine import apply_all, plan_all
from bench.workload import steps, write_patches
from rdspatch.cli.source import lock_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.setting import Setting

PARTS = ("read the lock file", "plan", "apply")
MOST_PER_PATCH = 1.5
"""How much more one of the most patches may take than one of the patches of the middle size."""


def measure(setting: Setting) -> Row:
    sizes = setting.sized((100, 1_000, 5_000), (10, 50))
    contestants: dict[str, Callable[[], float]] = {}
    for size in sizes:
        contestants |= {f"{part}, {size:,}": once for part, once in _parts(setting, size).items()}
    series = {one.who: one for one in take_turns(contestants, repetitions=setting.repetitions, tell=setting.tell)}
    factors = {part: _factor(series, part, sizes) for part in PARTS}
    return Row(
        id="growth",
        title="Growth: what more patches cost",
        how=(
            "Engine time. Reading is every file of the directory, its checksum, its directives and the lock file; plan "
            "connects and reads the ledger in one query, with everything applied; apply begins with an empty database."
        ),
        series=tuple(series.values()),
        ratios=tuple(
            ratio(tuple(series.values()), f"{part}, {sizes[-1]:,}", f"{part}, {sizes[-2]:,}") for part in PARTS
        ),
        goals=(
            Goal(
                wanted=f"linear: a patch of {sizes[-1]:,} costs at most {MOST_PER_PATCH} times one of {sizes[-2]:,}",
                found=", ".join(f"{part} {factor:.2f}x" for part, factor in factors.items()),
                holds=all(factor <= MOST_PER_PATCH for factor in factors.values()),
            ),
        ),
        lines=tuple(
            Line(who=part, points=tuple((size, series[f"{part}, {size:,}"].median) for size in sizes)) for part in PARTS
        ),
    )


def _parts(setting: Setting, size: int) -> dict[str, Callable[[], float]]:
    directory = write_patches(setting.new_directory(f"growth-{size}"), steps(size))
    patches = lock_file(directory).patches
    applied = setting.new_database()
    apply_all(setting.url(applied), patches)

    def read() -> float:
        return _seconds(lambda: lock_file(directory).patches)

    def plan() -> float:
        return _seconds(lambda: plan_all(setting.url(applied), patches))

    def apply() -> float:
        database = setting.new_database()
        seconds = _seconds(lambda: apply_all(setting.url(database), patches))
        setting.server.drop_database(database)
        return seconds

    return dict(zip(PARTS, (read, plan, apply), strict=True))


def _seconds(what: Callable[[], object]) -> float:
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


def _factor(series: dict[str, Series], part: str, sizes: tuple[int, ...]) -> float:
    most, middle = (series[f"{part}, {size:,}"].median / size for size in (sizes[-1], sizes[-2]))
    return most / middle
