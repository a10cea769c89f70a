"""Rehearsals beside each other on one machine: each has a server, an audit table and a workflow of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
REHEARSE = [
    *(sys.executable, "-c", "from rdspatch.cli import main; main()", "rehearse"),
    *("--patches", "patches", "--pauses", "0", "--format", "json"),
]
AT_ONCE = 3

pytestmark = [pytest.mark.slow, pytest.mark.experiment("F70")]


def start() -> subprocess.Popen[str]:
    return subprocess.Popen(REHEARSE, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def result(rehearsal: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = rehearsal.communicate()
    assert rehearsal.returncode == 0, err
    document: dict[str, Any] = json.loads(out)
    return document


def applied(document: dict[str, Any]) -> list[str]:
    return [record["patch_id"] for record in document["audit"] if record["event"] == "patch_applied"]


def test_each_sees_its_own_run_and_nothing_else() -> None:
    found = [result(rehearsal) for rehearsal in [start() for _ in range(AT_ONCE)]]
    names = sorted(path.stem for path in (ROOT / "patches").glob("[0-9]*.sql"))
    assert [document["status"] for document in found] == ["SUCCEEDED"] * AT_ONCE
    assert [applied(document) for document in found] == [names] * AT_ONCE
    assert len({document["run_id"] for document in found}) == AT_ONCE


def test_one_that_is_killed_is_in_nobodys_way() -> None:
    killed, other = start(), start()
    assert killed.stderr is not None
    killed.stderr.readline()  # it has begun to tell of its states
    killed.kill()
    killed.communicate(timeout=30)  # what it has left behind would hold its output open
    assert result(other)["status"] == "SUCCEEDED"
    assert result(start())["status"] == "SUCCEEDED"
