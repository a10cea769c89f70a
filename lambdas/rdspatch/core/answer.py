"""What a `verify:` query answered, and whether that is true."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdspatch.core.failure import SqlFailure

BOOLEAN = "boolean"


class Truth(enum.Enum):
    """How an answer counts."""

    TRUE = "true"
    FALSE = "false"
    """False, or no row: other rows in the database may make it true."""
    NEVER = "never"
    """It has not the form of an answer, or is NULL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The shape of a query's result and, where it is one value, that value; nobody prints it, since it may be data."""

    types: tuple[str, ...]
    """The type of each column, as the server names it."""
    rows: int
    value: str | None = None
    """The first column of the first row, as text."""

    @property
    def is_one_boolean(self) -> bool:
        """Whether each of its rows is one value of type boolean."""
        return self.types == (BOOLEAN,)

    @property
    def truth(self) -> Truth:
        if not self.is_one_boolean or self.rows > 1 or (self.rows and self.value is None):
            return Truth.NEVER
        return Truth.TRUE if self.value == "t" else Truth.FALSE

    @property
    def complaint(self) -> str:
        """What is wrong with it, as a predicate; nothing when it is true."""
        if len(self.types) != 1:
            return f"returns {len(self.types)} columns where one is meant"
        if not self.is_one_boolean:
            return f"returns a value of type {self.types[0]}, not boolean"
        if self.rows > 1:
            return f"returns {self.rows} rows where one is meant"
        match self.truth:
            case Truth.TRUE:
                return ""
            case Truth.NEVER:
                return "is NULL"
            case _:
                return "is not true" if self.rows else "is not true: it returns no row"


def truth_of(answer: Answer | SqlFailure) -> Truth:
    """How an answer counts, or that there was none."""
    return answer.truth if isinstance(answer, Answer) else Truth.NEVER


def complaint_of(answer: Answer | SqlFailure) -> str:
    """What is wrong with an answer, or why there is none, as a predicate; nothing when it is true."""
    if isinstance(answer, Answer):
        return answer.complaint
    return f"failed: {answer.message} (SQLSTATE {answer.sqlstate})"
