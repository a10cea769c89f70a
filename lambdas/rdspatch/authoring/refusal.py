"""What a refusal is: a row of sentences and one small question to the parse tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.authoring.tree import Node
    from rdspatch.core.patch import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that no patch may do, or only one that says why."""

    name: str
    """How `allow:` names it."""
    what: str
    instead: str
    applies: Callable[[Node, Transaction], bool]
    """Whether a statement's tree, in a patch with that transaction mode, is an instance of it."""
    liftable: bool = False
    """Whether `allow: NAME because …` lifts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One place in a patch where a refusal applies."""

    refusal: Refusal
    line: int

    def problem(self, file_name: str) -> Problem:
        instead = self.refusal.instead
        if self.refusal.liftable:
            instead += f", or say `-- allow: {self.refusal.name} because …`"
        return Problem(where=f"{file_name}:{self.line}", what=self.refusal.what, instead=instead)
