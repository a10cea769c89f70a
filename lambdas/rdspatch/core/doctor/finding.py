"""What one check of the doctor found, and what to change."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

UNREACHABLE_CHECKS = frozenset({"function", "dns", "tcp"})
"""A problem in one of these means that nobody was there to ask."""


class State(enum.Enum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    """Runs work; something should be changed all the same."""
    PROBLEM = "problem"
    """A run would fail, or would not be safe."""
    SKIPPED = "skipped"
    """It could not be looked at; `what` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one check."""

    check: str
    state: State
    what: str
    """What was seen; never a secret."""
    instead: str = ""
    """What to change."""

    def to_json(self) -> dict[str, str]:
        return {"check": self.check, "state": self.state.value, "what": self.what, "instead": self.instead}


def ok(check: str, what: str) -> Finding:
    return Finding(check=check, state=State.OK, what=what)


def warning(check: str, what: str, instead: str) -> Finding:
    return Finding(check=check, state=State.WARNING, what=what, instead=instead)


def problem(check: str, what: str, instead: str = "") -> Finding:
    return Finding(check=check, state=State.PROBLEM, what=what, instead=instead)


def skipped(check: str, why: str) -> Finding:
    return Finding(check=check, state=State.SKIPPED, what=why)


def findings_of(document: object) -> tuple[Finding, ...] | None:
    """The findings in the answer of a function's `doctor` action, or None when it is no such answer."""
    items = document.get("findings") if isinstance(document, Mapping) else None
    if not isinstance(items, list):
        return None
    try:
        return tuple(_finding_of(item) for item in items)
    except (KeyError, TypeError, ValueError):
        return None


def _finding_of(item: Mapping[str, Any]) -> Finding:
    texts = {name: str(item[name]) for name in ("check", "what", "instead")}
    return Finding(state=State(item["state"]), **texts)


def exit_code(findings: Iterable[Finding]) -> int:
    """0 without a problem, 4 when somebody could not be reached, else 3."""
    wrong = {finding.check for finding in findings if finding.state is State.PROBLEM}
    if not wrong:
        return 0
    return 4 if wrong & UNREACHABLE_CHECKS else 3
