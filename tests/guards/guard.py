"""One defence, and the tests of SECURITY.md that fail without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PACKAGE: Final = "lambdas/rdspatch/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One defence.

    Attributes:
        name: What it does.
        file: Where it is.
        text: It, as it stands there once.
        without: What stands there in its absence.
        tests: The tests of SECURITY.md that fail then.
        cases: Which of their cases are run, as pytest's `-k` takes it; all where it is empty.
        hangs: Whether the tests then wait without an end, which is a failure too.
    """

    name: str
    file: str
    text: str
    without: str
    tests: tuple[str, ...]
    cases: str = ""
    hangs: bool = False
