"""What of a plan somebody has to approve, and who has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.json_values import kind, shown
from rdspatch.core.proof import HazardKind

MOST_COMMENT_CHARACTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What the stage asks for, and what was given so far."""

    ask: frozenset[HazardKind] = field(default_factory=frozenset)
    """The kinds of hazard that wait for somebody."""
    digest: str = ""
    """The patches that were approved; empty while none are."""
    by: str = ""
    """Who says so, as the approver's own call of AWS has it."""
    comment: str = ""


def parse_approval(document: object) -> Approval:
    """Read `{"ask": [kinds], "given": {"digest", "by", "comment"}}`; nothing at all asks for nothing.

    Raises:
        BadInput: When it is anything else.
    """
    if document is None:
        return Approval()
    if not isinstance(document, Mapping):
        raise BadInput([Problem(where="approval", what=f"is {kind(document)}, not an object")])
    problems: list[Problem] = []
    ask, given = document.get("ask"), document.get("given")
    known = {member.value: member for member in HazardKind}
    if (
        isinstance(ask, str)
        or not isinstance(ask, Sequence)
        or not all(isinstance(item, str) and item in known for item in ask)
    ):
        instead = f"list some of {', '.join(known)}"
        problems.append(Problem(where="approval.ask", what=f"{shown(ask)} is not accepted", instead=instead))
    texts = {name: given.get(name) for name in _TEXTS} if isinstance(given, Mapping) else dict.fromkeys(_TEXTS)
    problems += [
        Problem(where=f"approval.given.{name}", what=f"{shown(text)} is not a text of at most 500 characters")
        for name, text in texts.items()
        if not isinstance(text, str) or len(text) > MOST_COMMENT_CHARACTERS
    ]
    if problems:
        raise BadInput(problems)
    return Approval(
        ask=frozenset(known[str(item)] for item in ask or ()), **{name: str(text) for name, text in texts.items()}
    )


_TEXTS = ("digest", "by", "comment")
