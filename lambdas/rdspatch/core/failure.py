"""What a database error means to us; the adapter that knows SQLSTATEs classifies, everything else reads the kind."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdspatch.core.lockfile import LockedPatch


class FailureKind(enum.Enum):
    """One member for each thing that is handled differently."""

    LOCK_TIMEOUT = "lock timeout"
    DEADLOCK = "deadlock"
    CANCELLED = "cancelled or out of time"
    ALREADY_RECORDED = "another run recorded the patch first"
    RUN_LOCK_LOST = "the run lock is no longer ours"
    LEDGER = "rdspatch's own tables cannot be written"
    NOT_OURS = "strangers have a hand in the ledger"
    DENIED = "privilege missing"
    HIDDEN = "row security would hide rows"
    TOUCHES = "the replay would do more than bring back what is missing"
    SQL = "the server refused the statement"

    @property
    def passes_with_a_lock(self) -> bool:
        """Whether only another session's lock was in the way."""
        return self in (FailureKind.LOCK_TIMEOUT, FailureKind.DEADLOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFailure:
    """A server's error response without anything that may hold row data or secrets."""

    kind: FailureKind
    sqlstate: str
    message: str
    """The server's primary message, with values withheld."""
    position: int | None = None
    """Where in the patch's text, in characters from 0, when the server said so."""
    statement: int | None = None
    """Which statement of the patch failed, from 0, when the server said no position."""


class SqlFailed(Exception):
    """A statement failed and its transaction is rolled back."""

    def __init__(self, failure: SqlFailure) -> None:
        super().__init__(f"{failure.sqlstate}: {failure.message}")
        self.failure = failure


class OutcomeUnknown(Exception):
    """Something was sent and its answer did not come; only the ledger knows whether it took effect.

    The message says why, as the beginning of a sentence.
    """


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a patch file; line and column count from 1, in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


def locate(text: str, offset: int) -> Place:
    """The place of the character at `offset` (from 0); past the end it is the end."""
    before = text[: max(0, offset)]
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def place_of(locked: LockedPatch, failure: SqlFailure) -> Place | None:
    """Where in the file a failure is: the server's position, else the statement that it was busy with."""
    if failure.position is not None:
        return locate(locked.patch.sql, failure.position)
    if failure.statement is not None and failure.statement < len(locked.statements):
        return locate(locked.patch.sql, locked.statements[failure.statement].start)
    return None


def describe(locked: LockedPatch, failure: SqlFailure) -> str:
    """One line for people: file, place, the server's message, SQLSTATE."""
    place = place_of(locked, failure)
    where = locked.patch.id.file_name + (f":{place}" if place else "")
    return f"{where}: {failure.message} (SQLSTATE {failure.sqlstate})"
