"""What strangers have put in the way of a patch; a stranger is a role that cannot become the one that patches run as.

`IF NOT EXISTS` takes whatever bears the name, and a trigger or a default that is there already runs with the rights of
the patch. See decision 0021.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rdspatch.core.counted import counted
from rdspatch.core.errors import Drifted
from rdspatch.core.parts import owner_of
from rdspatch.core.printable import printable
from rdspatch.core.proof import LOCK_MODES
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdspatch.core.lockfile import LockedPatch

_MOST_NAMED = 3
_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*+([a-z]+)", re.DOTALL | re.IGNORECASE)
_CHANGES_NO_ROWS = frozenset({"alter", "comment", "create", "drop", "grant", "lock", "revoke", "security", "set"})
"""Statements whose locks say nothing about rows: no trigger fires for them, however strong they are."""
_CREATES_WITH_ROWS = re.compile(r"\bcreate\b.*?\b(?:table|materialized)\b.*?\bas\b", re.DOTALL | re.IGNORECASE)
_SAYS_NOTHING = frozenset({"call", "do", "select"})
_COMPUTES_AGAIN = frozenset({"analyze", "cluster", "refresh", "reindex", "vacuum"})
_WRITERS_LOCK = LOCK_MODES.index("RowExclusiveLock")
_RELATIONS = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.VIEW,
        ObjectKind.MATERIALIZED_VIEW,
        ObjectKind.INDEX,
        ObjectKind.SEQUENCE,
        ObjectKind.COMPOSITE,
    },
)
_COMPUTED = frozenset({"column", "constraint", "index"})
"""What is evaluated for a row that is put into another file, or checked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersObject:
    """An object that a patch makes, and that is there and belongs to a stranger."""

    object: ObjectName
    """As the patch makes it; what is there may be of another kind."""
    there: str
    """What it is: `view public.t`."""
    role: str

    def __str__(self) -> str:
        return printable(
            f"{self.there} is there already and belongs to {self.role}, which cannot become the role that patches run "
            f"as; drop it, give it to that role (ALTER … OWNER TO …), or name {self.role} in trusted_roles",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersCode:
    """Something on a relation that calls a function of a stranger."""

    reached_from: str
    """The relation that was asked about: itself, the one that it is a partition of, or whose keys cascade to it."""
    by: str
    """The action of a row there that a foreign key passes on: `delete` or `update`; empty where none does."""
    relation: tuple[str, str]
    kind: str
    name: str
    function: str
    role: str
    in_force: bool = True
    """False for a policy that does not hold for the role of the patches."""

    @property
    def object(self) -> ObjectName:
        path = (self.relation[0], self.name) if self.kind == "index" else (*self.relation, self.name)
        return ObjectName(ObjectKind(self.kind), path)

    @property
    def is_on_it(self) -> bool:
        return ".".join(self.relation) == self.reached_from

    def __str__(self) -> str:
        where = ".".join(self.relation)
        return printable(
            f"the {self.kind} {self.name} on {where} calls {self.function}, which belongs to {self.role}, with the "
            f"rights of the patches; drop it, give the function to the role that patches run as (ALTER FUNCTION … "
            f"OWNER TO …), or name {self.role} in trusted_roles",
        )


Obstacle = StrangersObject | StrangersCode


class Path:
    """What a patch meets on its way, as it was proven."""

    def __init__(self, locked: LockedPatch) -> None:
        self._locked = locked

    @cached_property
    def made(self) -> frozenset[ObjectName]:
        """What it makes."""
        effects = self._locked.effects or ()
        return frozenset(it.object for it in effects if it.before is None and not it.object.kind.is_privileges)

    @cached_property
    def relations(self) -> frozenset[str]:
        """The qualified names of those that it makes, makes something on, reads or writes."""
        tables = (owner_of(it.object, it.after) for it in self._locked.effects or () if it.after and not it.before)
        return self._made_relations | self._touched | {".".join(table) for table in tables if table is not None}

    def is_blocked_by(self, obstacle: Obstacle) -> bool:
        """Whether the patch takes it for its own, or may run its code."""
        if isinstance(obstacle, StrangersObject):
            return obstacle.object in self.made
        start, kind = obstacle.reached_from, obstacle.kind
        if obstacle.is_on_it and (start in self._made_relations or obstacle.object in self.made):
            return True
        if start in self._written and kind != "statistics" and obstacle.in_force and self._may(obstacle.by):
            return True
        if not obstacle.is_on_it:
            return False
        if start in self._computed and kind in _COMPUTED:
            return True
        return start in self._read and (kind == "rule" or (kind == "policy" and obstacle.in_force))

    def _may(self, action: str) -> bool:
        """Whether it may do this to a row: it says so, or somebody's code says what it does."""
        said = re.compile(rf"\b(?:{action}|merge)\b", re.IGNORECASE)
        return not action or not self._words.isdisjoint(_SAYS_NOTHING) or any(map(said.search, self._texts))

    @cached_property
    def _made_relations(self) -> frozenset[str]:
        return frozenset(".".join(name.path) for name in self.made if name.kind in _RELATIONS)

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(self._locked.text_of(statement) for statement in self._locked.statements)

    @cached_property
    def _words(self) -> frozenset[str]:
        """With which its statements begin."""
        return frozenset(found[1].lower() for text in self._texts if (found := _FIRST_WORD.match(text)))

    @cached_property
    def _touched(self) -> frozenset[str]:
        return frozenset(name for trace in self._locked.traces for name, _ in trace.locks)

    @cached_property
    def _read(self) -> frozenset[str]:
        """Relations whose rows it may ask for."""
        is_asking = not self._words <= _CHANGES_NO_ROWS or any(map(_CREATES_WITH_ROWS.search, self._texts))
        return self._touched if is_asking else frozenset()

    @cached_property
    def _written(self) -> frozenset[str]:
        """Tables whose rows it may change: a lock is recorded once for a patch, when it is taken first."""
        if self._words <= _CHANGES_NO_ROWS | _COMPUTES_AGAIN:
            return frozenset()
        locks = (lock for trace in self._locked.traces for lock in trace.locks)
        return frozenset(name for name, mode in locks if LOCK_MODES.index(mode) >= _WRITERS_LOCK)

    @cached_property
    def _computed(self) -> frozenset[str]:
        """Tables whose rows are computed, or checked, once more."""
        found = {name for trace in self._locked.traces for name in (*trace.rewrites, *trace.scans)}
        return frozenset(found | self._touched if self._words & _COMPUTES_AGAIN else found)


def blocking(locked: LockedPatch, obstacles: Iterable[Obstacle]) -> tuple[Obstacle, ...]:
    """Those that are in the way of a patch."""
    path = Path(locked)
    return tuple(filter(path.is_blocked_by, obstacles))


def require_clear(locked: LockedPatch, obstacles: Iterable[Obstacle]) -> None:
    """Raise Drifted where one of them is in the way of a patch; names the first few."""
    found = sorted({str(obstacle) for obstacle in blocking(locked, obstacles)})
    if not found:
        return
    rest = len(found) - _MOST_NAMED
    more = f"; and {counted(rest, 'more thing', 'more things')} like that" if rest > 0 else ""
    raise Drifted(
        f"{locked.patch.id.file_name}: {'; '.join(found[:_MOST_NAMED])}{more}. Nothing of the patch was run now; "
        "settle it, then run again",
    )
