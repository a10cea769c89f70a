"""How it is told what strangers have at the ledger."""

from __future__ import annotations

import pytest

from rdspatch.core.errors import LedgerUnusable
from rdspatch.core.ledger import Ledger
from rdspatch.core.strangers.intrusion import Intrusion, IntrusionKind, told


def intrusion(kind: IntrusionKind, name: str = "rdspatch.ledger") -> Intrusion:
    return Intrusion.from_json([kind.value, name, "mallory", "UPDATE"])


@pytest.mark.parametrize("kind", IntrusionKind)
def test_each_kind_says_what_it_is_about_and_what_to_do(kind: IntrusionKind) -> None:
    sentence = str(intrusion(kind))
    what, _, instead = sentence.partition("; ")
    assert "rdspatch.ledger" in what
    assert instead


def test_what_explains_the_most_comes_first_and_the_rest_is_counted() -> None:
    kinds = (IntrusionKind.PRIVILEGE, IntrusionKind.EVENT_TRIGGER, IntrusionKind.CODE, IntrusionKind.OWNER)
    text = told(map(intrusion, kinds))
    assert text.startswith("mallory, which cannot become the role that patches run as, owns rdspatch.ledger; ")
    assert text.endswith("; and 1 more thing like that")
    assert "has UPDATE" not in text


def test_nothing_of_them_reaches_a_terminal() -> None:
    assert "\x1b" not in told([intrusion(IntrusionKind.RULE, "\x1b[2J ON rdspatch.ledger")])


def test_a_ledger_is_ours_when_nobody_else_has_a_hand_in_it() -> None:
    Ledger().require_ours()
    with pytest.raises(LedgerUnusable, match=r"REVOKE UPDATE ON rdspatch\.ledger FROM mallory\. Nothing was changed"):
        Ledger(intrusions=(intrusion(IntrusionKind.PRIVILEGE),)).require_ours()
