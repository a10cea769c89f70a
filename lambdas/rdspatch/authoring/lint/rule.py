"""A rule is a row of sentences and one small question; a finding is one place where the answer was yes."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rdspatch.authoring.lint.script import ScriptStatement
    from rdspatch.authoring.lint.state import ScriptState


class Severity(enum.Enum):
    """Whether a finding stops the patch."""

    ERROR = "error"
    WARNING = "warning"


def _asked_elsewhere(_statement: ScriptStatement, _state: ScriptState) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One mistake. Its sentences are the message, the JSON and the page in `docs/rules`."""

    id: str
    """Kebab-case; a rule of the linter squawk has its name behind `squawk/`."""
    condition: str
    """When it applies, as a clause without a full stop."""
    effect: str
    """What then happens to the application or to the next run."""
    instead: str
    """What to write; every message ends with it."""
    severity: Severity = Severity.ERROR
    check: Callable[[ScriptStatement, ScriptState], Iterable[str]] = _asked_elsewhere
    """What is wrong with a statement, one sentence for each place of it; most often none.

    Rules about the file as a whole, and those of the parser and of squawk, are asked elsewhere.
    """
    allowable: bool = True
    """Whether `allow: NAME because …` silences it."""
    replaces: tuple[str, ...] = ()
    """Ids of rules whose finding about the same place says less than this one's."""

    @property
    def is_asked_here(self) -> bool:
        """Whether it has a question of its own about a statement."""
        return self.check is not _asked_elsewhere

    @property
    def allowance(self) -> str:
        """The short name that `allow:` takes, as it takes the id."""
        return self.id.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Lines and columns count characters from 1; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def overlaps(self, other: Place) -> bool:
        """Whether the two have a character in common."""
        return (self.line, self.column) < (other.end_line, other.end_column) and (other.line, other.column) < (
            self.end_line,
            self.end_column,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place in a file of the patch directory where a rule applies."""

    rule: Rule
    file_name: str
    place: Place
    what: str

    @property
    def message(self) -> str:
        """What is wrong and what to write instead."""
        return f"{self.what}; {self.rule.instead}"


def place_of(text: str, start: int, end: int) -> Place:
    """The place of `text[start:end]`; an empty piece counts as its first character."""
    end = max(end, start + 1)
    return Place(
        line=text.count("\n", 0, start) + 1,
        column=start - text.rfind("\n", 0, start),
        end_line=text.count("\n", 0, end) + 1,
        end_column=end - text.rfind("\n", 0, end),
    )


def place_of_line(text: str, line: int) -> Place:
    """The place of what stands on a line, without the spaces around it."""
    content = text.split("\n")[line - 1]
    stripped = content.strip()
    column = content.index(stripped) + 1
    return Place(line=line, column=column, end_line=line, end_column=column + max(1, len(stripped)))
