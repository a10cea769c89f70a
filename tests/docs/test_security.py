"""What SECURITY.md claims is what tests show."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "SECURITY.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (T\d+) \|(.*)\|$", re.MULTILINE)
REQUIREMENTS = ("requirements/dev.txt", "lambdas/rdspatch/authoring/lambda-requirements.txt")


def names_in(file: str) -> set[str]:
    path = ROOT / file
    body = ast.parse(path.read_text()).body if path.is_file() else []
    return {node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(TEXT)
    assert len(named) > 50
    assert [f"{file}::{name}" for file, name in named if name not in names_in(file)] == []


def test_every_test_is_named_in_the_form_that_is_looked_for() -> None:
    assert len(re.findall(r"::test_", TEXT)) == len(NAMED.findall(TEXT))


def test_every_threat_has_its_controls_and_their_tests() -> None:
    rows = dict(ROW.findall(TEXT))
    assert list(rows) == [f"T{number}" for number in range(1, len(rows) + 1)]
    for number, row in rows.items():
        threat, control, shown = row.strip().split(" | ")
        assert threat.endswith("."), number
        assert control.endswith("."), number
        assert NAMED.findall(shown), number


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_every_dependency_is_pinned_with_its_hashes(file: str) -> None:
    lines = (ROOT / file).read_text().replace("\\\n", " ").splitlines()
    packages = [line for line in lines if line.strip() and not line.lstrip().startswith(("#", "-"))]
    assert packages
    loose = [line for line in packages if not re.match(r"[\w.\[\]-]+==\S+", line) or "--hash=sha256:" not in line]
    assert loose == []
