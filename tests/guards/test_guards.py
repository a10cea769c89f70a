"""Each test that SECURITY.md names fails when the defence that it is named for is taken out of the project.

A copy of the project loses one defence at a time, and its own test is run there. `make guards` does that for all.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.guards import GUARDS, ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.guards.guard import Guard

ROOT: Final = Path(__file__).parents[2]
COPIED: Final = ("docs", "examples", "infra", "lambdas", "patches", "tests", "pyproject.toml", "cdk.json", "README.md")
FAILED: Final = 1
"""pytest's exit code when a test failed; others mean that none ran, or that the copy could not be collected."""
HUNG: Final = -1
BROKEN: Final = re.compile(
    r"\b(NameError|ImportError|ModuleNotFoundError|SyntaxError|IndentationError)\b|\b\d+ errors?\b"
)
"""The copy does not run at all, which says nothing of the test."""
HANGS_AFTER_SECONDS: Final = 40
"""Ten times what such a test takes where it does not hang."""
MOST_SECONDS: Final = 300
NAMED: Final = re.compile(r"`(tests/[^`]+::[^`]+)`")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("project")
    for name in COPIED:
        source, target = ROOT / name, made / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return made


@pytest.fixture
def without(copy: Path, guard: Guard) -> Iterator[Path]:
    """The project without one defence."""
    file = copy / guard.file
    whole = file.read_text("utf-8")
    file.write_text(whole.replace(guard.text, guard.without), "utf-8")
    yield copy
    file.write_text(whole, "utf-8")


def run(project: Path, guard: Guard, test: str) -> tuple[int, str]:
    """pytest's exit code, or HUNG, and what it said."""
    chosen = ["-k", guard.cases] if guard.cases else []
    options = ["-q", "-x", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "slow or not slow"]
    environment = {**os.environ, "PYTHONPATH": str(project / "lambdas"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *chosen, test],
            cwd=project,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=HANGS_AFTER_SECONDS if guard.hangs else MOST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return HUNG, "it waited without an end"
    return done.returncode, f"{done.stdout[-3000:]}{done.stderr[-3000:]}"


@pytest.mark.guards
@pytest.mark.parametrize(
    ("guard", "test"),
    [
        pytest.param(guard, test, id=f"{guard.name}-{test.rpartition('::')[2]}")
        for guard in GUARDS
        for test in guard.tests
    ],
)
def test_a_test_fails_without_its_defence(without: Path, guard: Guard, test: str) -> None:
    code, said = run(without, guard, test)
    assert code == (HUNG if guard.hangs else FAILED), said
    assert guard.hangs or (" failed" in said and not BROKEN.search(said)), said


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_defence_stands_where_it_is_said_to(guard: Guard) -> None:
    assert (ROOT / guard.file).read_text("utf-8").count(guard.text) == 1


def test_the_table_is_complete_for_its_rows() -> None:
    rows = [line for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines() if line.startswith("| T")]
    named = {test for row in rows if row.split("|")[1].strip() in ROWS for test in NAMED.findall(row)}
    assert named == {test for guard in GUARDS for test in guard.tests}
