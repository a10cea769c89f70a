"""What the proof of a patch found out: what each statement took and read, and what is risky about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdspatch.core.dependence import Varying


class HazardKind(enum.Enum):
    """A risk to the application or its data; a patch without any takes nothing from anybody."""

    REWRITE = "rewrite"
    """Every row of a table is written again under its strongest lock."""
    SCAN = "blocking-scan"
    """A whole table is read under a lock that holds writers up, or readers too."""
    INDEX_BUILD = "blocking-index"
    """An index is built under a lock that holds writers up, or readers too."""
    DESTRUCTIVE = "destructive"
    """Stored values are gone afterwards, or may be."""
    DATA = "data-change"
    """Rows that were there before are changed, or rows join them."""
    REMOVES = "removes"
    """Something that somebody may use is gone, switched off, or has another name."""
    RESTRICTS = "restricts"
    """What worked until now may be refused from now on, or come out otherwise."""
    ACCESS = "access"
    """Somebody loses a privilege, something has another owner, or a policy no longer holds as it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One risk of one statement."""

    kind: HazardKind
    line: int
    """Where the statement starts in the file, from 1."""
    on: str
    """The table or column that it is about, qualified."""
    sentence: str
    """What happens, for people."""

    def __str__(self) -> str:
        return f"{self.kind.value} on {self.on}"

    def to_json(self) -> dict[str, Any]:
        return {"hazard": self.kind.value, "line": self.line, "on": self.on, "sentence": self.sentence}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Hazard:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            kind=HazardKind(document["hazard"]),
            line=int(document["line"]),
            on=_text(document["on"]),
            sentence=_text(document["sentence"]),
        )


LOCK_MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
"""From the weakest to the strongest, as `pg_locks` calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTrace:
    """What one statement did to relations that were there before its patch, by their qualified names."""

    locks: tuple[tuple[str, str], ...] = ()
    """The strongest new lock mode on each relation, as `pg_locks` calls it."""
    rewrites: tuple[str, ...] = ()
    """Tables whose rows it put into a new file."""
    scans: tuple[str, ...] = ()
    """Tables that it read as a whole without rewriting them, where no index could serve it."""

    def to_json(self) -> dict[str, Any]:
        """Only what there is: nothing at all for a statement that touched no relation."""
        facts = {"locks": dict(self.locks), "rewrites": list(self.rewrites), "scans": list(self.scans)}
        return {name: value for name, value in facts.items() if value}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> StatementTrace:
        """The inverse of `to_json`; other keys are left alone. Raises TypeError for values of another type."""
        locks = document.get("locks", {})
        if not isinstance(locks, dict):
            raise TypeError(f"{locks!r} is no object of locks")
        return cls(
            locks=tuple((name, _text(mode)) for name, mode in locks.items()),
            rewrites=_texts(document.get("rewrites", [])),
            scans=_texts(document.get("scans", [])),
        )


def without_varying(trace: StatementTrace, varying: Varying) -> StatementTrace:
    """The trace without the relations that another database may not have."""
    return StatementTrace(
        locks=tuple(lock for lock in trace.locks if not is_on_varying(lock[0], varying)),
        rewrites=tuple(name for name in trace.rewrites if not is_on_varying(name, varying)),
        scans=tuple(name for name in trace.scans if not is_on_varying(name, varying)),
    )


def is_on_varying(on: str, varying: Varying) -> bool:
    """Whether a qualified name is that of a relation, or of a column of one, that another database may not have."""
    path = tuple(on.split("."))
    return bool(varying.dependences) and varying.covers(ObjectName(ObjectKind.COLUMN, path), {})


def strongest_locks(traces: Iterable[StatementTrace]) -> dict[str, str]:
    """The strongest lock that any of these statements takes on each relation."""
    strongest: dict[str, str] = {}
    for name, mode in (lock for trace in traces for lock in trace.locks):
        strongest[name] = max(mode, strongest.get(name, LOCK_MODES[0]), key=LOCK_MODES.index)
    return strongest


def _texts(items: Any) -> tuple[str, ...]:
    if not isinstance(items, list):
        raise TypeError(f"{items!r} is no list of names")
    return tuple(_text(item) for item in items)


def _text(item: Any) -> str:
    if not isinstance(item, str):
        raise TypeError(f"{item!r} is no text")
    return item
