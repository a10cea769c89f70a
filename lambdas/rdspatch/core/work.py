"""What is left to do in a run, as it travels from one task of the workflow to the next."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.json_values import kind, shown


class Status(enum.Enum):
    """What the workflow does next."""

    DONE = "done"
    CONTINUE = "continue"
    WAIT = "wait"
    BUSY = "busy"
    """Another run holds the run lock; this one gives way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The state of a run between two invocations; small whatever the number of patches."""

    status: Status
    wait_seconds: int = 0
    applied: int = 0
    """Patches that this run has applied, or replayed, so far."""
    pending: int = 0
    patch: str | None = None
    """The patch that waits for a lock."""
    lock_attempts: int = 0
    """Attempts that this patch has made."""

    def to_json(self) -> dict[str, Any]:
        return {
            "status": self.status.value,
            "wait_seconds": self.wait_seconds,
            "applied": self.applied,
            "pending": self.pending,
            "patch": self.patch,
            "lock_attempts": self.lock_attempts,
        }

    @classmethod
    def from_json(cls, document: object) -> Work:
        """Read what `to_json` wrote.

        Raises:
            BadInput: When it is anything else.
        """
        if not isinstance(document, Mapping):
            raise BadInput([Problem(where="work", what=f"is {kind(document)}, not an object")])
        problems = [
            Problem(where=f"work.{name}", what=f"{shown(document.get(name))} is not a count")
            for name in _COUNTS
            if not _is_count(document.get(name))
        ]
        statuses = [member.value for member in Status]
        status, patch = document.get("status"), document.get("patch")
        if status not in statuses:
            instead = f"known are {', '.join(statuses)}"
            problems.append(Problem(where="work.status", what=f"{shown(status)} is unknown", instead=instead))
        if patch is not None and not isinstance(patch, str):
            problems.append(Problem(where="work.patch", what=f"{shown(patch)} is not the name of a patch"))
        if problems:
            raise BadInput(problems)
        return cls(status=Status(status), patch=patch, **{name: document[name] for name in _COUNTS})


_COUNTS = ("applied", "lock_attempts", "pending", "wait_seconds")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
