from __future__ import annotations

from typing import Any

import pytest

from rdspatch.core.approval import Approval, parse_approval
from rdspatch.core.errors import BadInput
from rdspatch.core.proof import HazardKind

GIVEN = {"digest": "abc", "by": "ada", "comment": "fine"}


def test_what_is_asked_and_what_was_given_are_read() -> None:
    approval = parse_approval({"ask": ["destructive", "rewrite"], "given": GIVEN})
    assert approval.ask == {HazardKind.DESTRUCTIVE, HazardKind.REWRITE}
    assert (approval.digest, approval.by, approval.comment) == ("abc", "ada", "fine")


def test_nothing_asks_for_nothing() -> None:
    assert parse_approval(None) == Approval()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "not an object"),
        ({"ask": "destructive", "given": GIVEN}, "approval.ask"),
        ({"ask": ["everything"], "given": GIVEN}, "approval.ask"),
        ({"ask": [["destructive"]], "given": GIVEN}, "approval.ask"),
        ({"ask": [{}], "given": GIVEN}, "approval.ask"),
        ({"given": GIVEN}, "approval.ask"),
        ({"ask": []}, "approval.given.by"),
        ({"ask": [], "given": {**GIVEN, "comment": "x" * 501}}, "approval.given.comment"),
        ({"ask": [], "given": {**GIVEN, "by": None}}, "approval.given.by"),
    ],
)
def test_anything_else_is_refused(document: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        parse_approval(document)
