"""How far a non-transactional patch has come, statement by statement."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mark(enum.Enum):
    """What is recorded of one statement."""

    INTENT = "intent"
    """It was about to be executed; whether it was, only the catalog knows."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """The marks of one patch by statement number, from 0."""

    marks: Mapping[int, Mark] = field(default_factory=dict)

    def is_done(self, number: int) -> bool:
        return self.marks.get(number) is Mark.DONE

    def is_intended(self, number: int) -> bool:
        return self.marks.get(number) is Mark.INTENT
