"""What a patch says that a server older than some version reads otherwise, without an error or only with a later one.

The parser that judges patches is that of a newer version, so it takes all of it; the lock file keeps the places, and
neither a proof nor a run gives them to an older server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdspatch.core.lockfile import LockedPatch


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerSyntax:
    """One place in a patch."""

    line: int
    """In the file, from 1."""
    since: int
    """The first major version that reads it as the parser does."""
    what: str
    """What it means from that version on, and what it meant before, for people."""
    instead: str
    """What every version reads alike."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}; {self.instead}"

    def to_json(self) -> dict[str, Any]:
        return {"line": self.line, "since": self.since, "what": self.what, "instead": self.instead}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> NewerSyntax:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for anything else."""
        what, instead = document["what"], document["instead"]
        if not isinstance(what, str) or not isinstance(instead, str):
            raise TypeError(f"{what!r} and {instead!r} are no texts")
        return cls(line=int(document["line"]), since=int(document["since"]), what=what, instead=instead)


def read_otherwise(locked: LockedPatch, major: int) -> tuple[NewerSyntax, ...]:
    """Every place of a patch that a server of a major version reads otherwise than the parser, in order."""
    return tuple(place for place in locked.newer if major < place.since)


def all_read_otherwise(patches: Iterable[LockedPatch], major: int) -> tuple[Problem, ...]:
    """The same of several patches, each with its file."""
    return tuple(
        Problem(where=f"{locked.patch.id.file_name}:{place.line}", what=place.what, instead=place.instead)
        for locked in patches
        for place in read_otherwise(locked, major)
    )
