"""What the real parser found out about each statement of a patch; kept in the lock file."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class StatementKind(enum.Enum):
    """How a statement is made to happen exactly once."""

    TRANSACTIONAL = "transactional"
    """Commits together with the row that records it."""
    CREATE_INDEX = "create-index-concurrently"
    """Refused in a transaction; done when the index is there, valid and as defined."""
    DROP_INDEX = "drop-index-concurrently"
    """Refused in a transaction; done when no such index is there."""
    DETACH_PARTITION = "detach-partition-concurrently"
    """Refused in a transaction; done when the table is no partition of that parent."""
    REPEATABLE = "repeatable"
    """Refused in a transaction and harmless to repeat (VACUUM, REINDEX, CLUSTER)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationName:
    """A table, index or view as a patch names it; without a schema the search path decides."""

    schema: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a patch."""

    line: int
    """Where it starts in the file, from 1."""
    start: int
    """Where it starts in the patch's text, in characters from 0."""
    end: int
    """Where it ends, exclusive, without its semicolon."""
    kind: StatementKind = StatementKind.TRANSACTIONAL
    relations: tuple[RelationName, ...] = ()
    """The relations that it names: who holds a lock on one of them may be whom it waits for."""
    concurrent: bool = False
    """Waits without holding up readers or writers, so no lock timeout applies to it."""
    object: RelationName | None = None
    """The index or partition that its post-condition is about."""
    probe: str | None = None
    """For an index: the same index on `pg_temp.rdspatch_probe`, to compare definitions on the live server."""
