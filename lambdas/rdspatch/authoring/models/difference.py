"""One difference between the models and the patches, and what to do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.errors import Problem
from rdspatch.core.expectation import Mismatch, shown

if TYPE_CHECKING:
    from rdspatch.core.schema import ObjectName, Properties


class DifferenceKind(enum.Enum):
    """How patches fall short of the models."""

    MISSING = "missing"
    """No patch makes it."""
    DIFFERENT = "different"
    """It is there, and not as the models have it."""
    RENAMED = "renamed"
    """It is there under another name than the one that the models give it."""
    REQUIRED = "required"
    """A column of a models' table that no model has and every row must fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDifference:
    """One object, or one table with all that belongs to it."""

    kind: DifferenceKind
    object: ObjectName
    wanted: Properties | None = None
    """What the models make of it; None only for a required column."""
    found: Properties | None = None
    """What the patches make of it; None when it is missing."""
    properties: tuple[str, ...] = ()
    """Of what is different: which properties."""
    other: ObjectName | None = None
    """What stands where it should be: it under another name, or a view in the place of a table."""
    parts: tuple[ObjectName, ...] = ()
    """Of a missing table: what the models have in it."""

    def problem(self) -> Problem:
        """What is wrong and what to do, for people."""
        match self.kind:
            case DifferenceKind.MISSING:
                about = shown(self.wanted or {})
                what = f"no patch makes it ({about})" if about and not self.parts else "no patch makes it"
                what = what if self.other is None else f"the patches have a {self.other.kind.value} of that name"
                instead = "`rdspatch new SLUG --from-models` writes the patch"
            case DifferenceKind.DIFFERENT:
                what = "; ".join(self._predicate(name) for name in self.properties)
                instead = "write a patch that changes it, or correct the model"
            case DifferenceKind.RENAMED:
                what = f"the patches have it as {self.other}"
                instead = "rename it by a patch, or give it that name in the model"
            case DifferenceKind.REQUIRED:
                what = "is NOT NULL without a default and in no model, so no model can insert a row"
                instead = "give it a default by a patch, or add it to the model"
        return Problem(where=str(self.object), what=what, instead=instead)

    def _predicate(self, name: str) -> str:
        wanted, found = (self.wanted or {}).get(name), (self.found or {}).get(name)
        return Mismatch(object=self.object, property=name, expected=wanted, found=found, patch="").predicate()
