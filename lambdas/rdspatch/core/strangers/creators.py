"""Who else may create something in the schemas that patches look names up in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Creator:
    """One role with CREATE on one schema of the search path."""

    schema: str
    role: str
    """PUBLIC stands for everybody."""

    def __str__(self) -> str:
        return f"{'everybody (PUBLIC)' if self.role == 'PUBLIC' else self.role} in {self.schema}"


def trouble_with_creators(creators: Iterable[Creator]) -> Problem | None:
    """What is to be said of them: whatever they create there, a patch may run by its name."""
    found = sorted(creators)
    if not found:
        return None
    what = f"others may create what patches call by name: {', '.join(map(str, found))}"
    instead = "REVOKE CREATE ON SCHEMA … FROM them, as docs/roles.sql does, or name the roles in `trusted_roles`"
    return Problem(where="the search path", what=what, instead=instead)
