"""A cold start's part that is ours: CPU time of each handler's imports, and the size of what is deployed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING

from bench.measure import Goal, Row, Series, ratio, take_turns
from bench.setting import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.setting import Setting

LIBRARIES = "boto3 + SQLAlchemy + pg8000"
PATCHER, HEALTH = "handler patcher", "handler health"
IMPORTS = {
    PATCHER: "import rdspatch.handlers.patcher",
    HEALTH: "import rdspatch.handlers.health",
    LIBRARIES: "import boto3, sqlalchemy, sqlalchemy.dialects.postgresql, pg8000.dbapi",
    "Python itself": "pass",
}
DISTRIBUTIONS = (
    *("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"),
    *("SQLAlchemy", "typing-extensions", "pg8000", "scramp", "asn1crypto"),
)
MOST_OVER_LIBRARIES = 1.15
MOST_MEGABYTES = 15
WHY_NOT = (
    "beside the libraries there are Powertools' logger and our own modules, more than half of whose time is the making "
    "of 70 frozen dataclasses. Drift, repair and doctor are imported when a run asks for them, and the garbage "
    "collector stays away meanwhile. Tried without gain: botocore in place of boto3. Importing yet more later would "
    "only move the time from Lambda's initialization, which has a whole processor, into the first invocation, which "
    "has not."
)
ASSET = ROOT / "build" / "lambda"
_MEGABYTE = 1_000_000
_TELL = "import resource; used = resource.getrusage(resource.RUSAGE_SELF); print(used.ru_utime + used.ru_stime)"


def measure(setting: Setting) -> Row:
    contestants = {name: partial(_cpu_seconds, code) for name, code in IMPORTS.items()}
    for once in contestants.values():
        once()
    series = take_turns(contestants, repetitions=setting.sized(4, 1) * setting.repetitions, tell=setting.tell)
    ratios = tuple(ratio(series, name, LIBRARIES) for name in (PATCHER, HEALTH))
    return Row(
        id="imports",
        title="Lambda: CPU time of a cold start's imports",
        how=(
            "User and system time of a new Python until a handler is imported, its own start included; the files are "
            "in the page cache and compiled. The floor is importing the libraries that the patcher stands on, with "
            "SQLAlchemy's dialect for PostgreSQL, as one does: the patcher keeps the garbage collector out of it."
        ),
        series=series,
        ratios=ratios,
        goals=tuple(
            Goal(
                wanted=f"{each.of}: at most {MOST_OVER_LIBRARIES} times {LIBRARIES}",
                found=f"{each.median:.2f} times",
                holds=each.median <= MOST_OVER_LIBRARIES,
                why_not=WHY_NOT,
            )
            for each in ratios
        ),
    )


def measure_asset(setting: Setting) -> Row:
    archive = setting.new_directory("asset") / "asset.zip"
    ours = _sizes(archive, ((file, file.relative_to(ASSET).as_posix()) for file in sorted(ASSET.rglob("*"))))
    theirs = _sizes(archive, _installed_files())
    return Row(
        id="asset",
        title="Lambda: the size of the asset",
        how=(
            "`build/lambda` as `make asset` writes it: handlers, dependencies, patches and the RDS certificates; "
            "zipped with deflate. Beside it, boto3, SQLAlchemy and pg8000 with what they need, as installed here."
        ),
        series=tuple(
            Series(who=f"{who}, {how}", values=(value,), unit="MB")
            for who, sizes in (("asset", ours), (LIBRARIES, theirs))
            for how, value in zip(("zipped", "unzipped"), sizes, strict=True)
        ),
        goals=(
            Goal(wanted=f"under {MOST_MEGABYTES} MB zipped", found=f"{ours[0]:.1f} MB", holds=ours[0] < MOST_MEGABYTES),
        ),
    )


def _cpu_seconds(code: str) -> float:
    words = [sys.executable, "-c", f"{code}\n{_TELL}"]
    return float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def _sizes(archive: Path, files: Iterable[tuple[Path, str]]) -> tuple[float, float]:
    """Megabytes zipped and unzipped."""
    unzipped = 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        for file, name in files:
            if file.is_file():
                written.write(file, name)
                unzipped += file.stat().st_size
    return archive.stat().st_size / _MEGABYTE, unzipped / _MEGABYTE


def _installed_files() -> Iterable[tuple[Path, str]]:
    for name in DISTRIBUTIONS:
        for file in metadata.files(name) or ():
            if "__pycache__" not in file.parts and ".." not in file.parts:
                yield file.locate(), str(file)  # type: ignore[misc] # a path where the package is a directory
