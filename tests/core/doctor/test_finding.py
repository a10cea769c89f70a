from __future__ import annotations

import json
from typing import Any

import pytest

from rdspatch.core.doctor.finding import Finding, exit_code, findings_of, ok, problem, skipped, warning


def test_findings_survive_the_way_out_of_a_function() -> None:
    findings = (ok("a", "x"), warning("b", "y", "z"), problem("c", "y"), skipped("d", "why"))
    sent = json.dumps({"function": "patcher", "findings": [finding.to_json() for finding in findings]})
    assert findings_of(json.loads(sent)) == findings


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"findings": None},
        {"findings": [1]},
        {"findings": [{}]},
        {"healthy": True, "probes": []},
        {"findings": [{"check": "a", "state": "fine", "what": "", "instead": ""}]},
    ],
)
def test_any_other_answer_is_told_apart(answer: Any) -> None:
    assert findings_of(answer) is None


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([ok("a", ""), warning("b", "", ""), skipped("dns", "")], 0),
        ([problem("login", "")], 3),
        ([problem("login", ""), problem("tcp", "")], 4),
        ([problem("function", "")], 4),
    ],
)
def test_the_exit_code_says_whether_something_is_wrong_or_nobody_was_there(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code
