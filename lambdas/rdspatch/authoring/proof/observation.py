"""From the states around a statement to what it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.authoring.proof.state import FILLED, TABLES
from rdspatch.core.proof import LOCK_MODES, StatementTrace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdspatch.authoring.proof.state import Column, State
    from rdspatch.core.taking import Taken

STOPS_WRITERS = LOCK_MODES.index("ShareLock")
STOPS_READERS = LOCK_MODES.index("AccessExclusiveLock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A type of a column, before and after."""

    column: str
    before: Column
    after: Column
    loss: str | None = None
    """The end of a sentence about a value that does not survive; None where each one does."""
    another_family: bool = False
    """Whether it is another family of types, such as text for numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one statement did to relations that were there before its patch."""

    trace: StatementTrace
    held: Mapping[str, str]
    """The strongest lock on each relation that the transaction holds after it."""
    builds: tuple[str, ...] = ()
    """Tables on which it built an index."""
    writes: tuple[str, ...] = ()
    """Tables whose rows it changed."""
    dropped_tables: tuple[str, ...] = ()
    dropped_columns: tuple[str, ...] = ()
    new_types: tuple[Change, ...] = ()
    taken: tuple[Taken, ...] = ()
    """What somebody may miss after the patch, and this statement is the first to lead to."""
    made: frozenset[str] = frozenset()
    """The names of what the patch has made so far; nobody else uses that yet."""


def rank(mode: str) -> int:
    """How strong a lock mode is, from 0."""
    return LOCK_MODES.index(mode)


def observe(first: State, before: State, after: State) -> Observation:
    """Compare.

    Args:
        first: Before the patch; what a patch makes itself is in nobody's way.
        before: Before the statement.
        after: After it, in the same transaction.
    """
    held_before, held = _strongest(before, first), _strongest(after, first, before)
    locks = {
        name: mode for name, mode in held.items() if name not in held_before or rank(mode) > rank(held_before[name])
    }
    rewrites = _names(before, _rewritten(first, before, after))
    scans = _names(before, _grown(before.scans, after.scans, first))
    kept = {relation.name for relation in before.relations.values() if relation.kind == "m"}
    dropped = [oid for oid in before.relations if oid in first.relations and oid not in after.relations]
    return Observation(
        trace=StatementTrace(
            locks=tuple(sorted(locks.items())),
            rewrites=rewrites,
            scans=tuple(name for name in scans if name not in rewrites),
        ),
        held=held,
        builds=_names(before, _built(first, before, after)),
        writes=tuple(name for name in _names(before, _grown(before.writes, after.writes, first)) if name not in kept),
        dropped_tables=_names(before, (oid for oid in dropped if before.relations[oid].kind in TABLES)),
        dropped_columns=tuple(_dropped_columns(first, before, after)),
        new_types=tuple(_new_types(first, before, after)),
    )


def _strongest(state: State, first: State, earlier: State | None = None) -> dict[str, str]:
    """By the name from before; an index counts only where it stops readers that its table lets through."""
    names = {**state.relations, **(earlier.relations if earlier else {})}
    tables = {**state.indexes, **(earlier.indexes if earlier else {})}
    modes: dict[int, str] = {}
    for oid, mode in state.locks:
        if oid in first.relations and (oid not in modes or rank(mode) > rank(modes[oid])):
            modes[oid] = mode
    found = {}
    for oid, mode in modes.items():
        kind = names[oid].kind if oid in names else ""
        by_itself = rank(mode) >= STOPS_READERS and rank(modes.get(tables.get(oid, 0), LOCK_MODES[0])) < STOPS_READERS
        counts = {"i": by_itself, "I": by_itself, "S": rank(mode) >= STOPS_WRITERS}
        if counts.get(kind, kind in "rpmvf" and kind != ""):
            found[names[oid].name] = mode
    return found


def _names(state: State, oids: Iterator[int] | list[int]) -> tuple[str, ...]:
    return tuple(sorted({state.relations[oid].name for oid in oids}))


def _rewritten(first: State, before: State, after: State) -> Iterator[int]:
    for oid, relation in after.relations.items():
        was = before.relations.get(oid)
        if oid in first.relations and was and relation.kind in FILLED and was.file != relation.file:
            yield oid


def _built(first: State, before: State, after: State) -> Iterator[int]:
    """A type change that keeps the rows as they are makes its indexes anew and keeps their files."""
    files = {relation.file for relation in before.relations.values()}
    for index, table in after.indexes.items():
        now = after.relations.get(index)
        if table in first.relations and now and now.kind == "i" and now.file not in files:
            yield table


def _grown(before: Mapping[int, int], after: Mapping[int, int], first: State) -> Iterator[int]:
    for oid, count in after.items():
        if oid in first.relations and count > before.get(oid, 0):
            yield oid


def _dropped_columns(first: State, before: State, after: State) -> Iterator[str]:
    for (oid, number), column in sorted(before.columns.items()):
        now = after.relations.get(oid)
        if (oid, number) in first.columns and now and now.kind in TABLES and (oid, number) not in after.columns:
            yield f"{before.relations[oid].name}.{column.name}"


def _new_types(first: State, before: State, after: State) -> Iterator[Change]:
    for key, column in sorted(after.columns.items()):
        was = before.columns.get(key)
        if key in first.columns and was and (was.type_id, was.modifier) != (column.type_id, column.modifier):
            name = f"{after.relations[key[0]].name}.{column.name}"
            yield Change(column=name, before=was, after=column)
