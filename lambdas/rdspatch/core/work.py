"""What is left to do in a run, as it travels from one task of the workflow to the next."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rdspatch.core.errors import BadInput, Problem


class Status(enum.Enum):
    """What the workflow does next."""

    DONE = "done"
    CONTINUE = "continue"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The state of a run between two invocations; small whatever the number of patches."""

    status: Status
    wait_seconds: int = 0
    applied: int = 0
    """Patches applied by this run so far."""
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
            raise BadInput([Problem(where="work", what="is not an object")])
        try:
            return cls(
                status=Status(document["status"]),
                wait_seconds=int(document["wait_seconds"]),
                applied=int(document["applied"]),
                pending=int(document["pending"]),
                patch=document["patch"],
                lock_attempts=int(document["lock_attempts"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput([Problem(where="work", what=f"cannot be read: {error!r}")]) from error
