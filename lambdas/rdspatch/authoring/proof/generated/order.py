"""In which order tables are filled, and which foreign keys have to wait for it: parents first, cycles broken."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rdspatch.authoring.proof.generated.tables import ForeignKey, Table


class Break(enum.IntEnum):
    """How a foreign key lets its table be filled before the other one, the least intrusive way first."""

    NULL = 0
    """Its columns are null for the while."""
    DEFER = 1
    """The constraint is deferred."""
    DROP = 2
    """The constraint is dropped and added again."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A foreign key that waits until its parent is filled."""

    table: Table
    key: ForeignKey
    way: Break


@dataclass(frozen=True, slots=True)
class Component:
    """Tables that reach each other over foreign keys, in the order in which they are filled."""

    tables: tuple[Table, ...]
    broken: tuple[Broken, ...] = ()


def components(tables: Sequence[Table]) -> Iterator[Component]:
    """Every table once, parents before their children."""
    by_oid = {table.oid: table for table in tables}
    for group in _strong(by_oid, frozenset()):
        members = {oid: by_oid[oid] for oid in group}
        broken: list[Broken] = []
        while True:
            waiting = frozenset((one.table.oid, one.key.name) for one in broken)
            inside = [part for part in _strong(members, waiting) if _is_cycle(part, members, waiting)]
            if not inside:
                break
            broken.append(min(_breakable(inside[0], members, waiting), key=_intrusion))
        order = [by_oid[oid] for part in _strong(members, waiting) for oid in part]
        yield Component(tuple(order), tuple(broken))


def _breakable(part: Sequence[str], members: Mapping[str, Table], waiting: frozenset[tuple[str, str]]) -> list[Broken]:
    return [
        Broken(members[oid], key, _way(members[oid], key))
        for oid in part
        for key in members[oid].foreign
        if (oid, key.name) not in waiting and set(key.parents) & set(part)
    ]


def _way(table: Table, key: ForeignKey) -> Break:
    optional = {column.name for column in table.columns if not column.is_required}
    if optional & set(key.mine):
        return Break.NULL
    return Break.DEFER if key.is_deferrable else Break.DROP


def _intrusion(broken: Broken) -> tuple[int, str, str]:
    return (broken.way, str(broken.table), broken.key.name)


def _is_cycle(part: Sequence[str], members: Mapping[str, Table], waiting: frozenset[tuple[str, str]]) -> bool:
    return len(part) > 1 or part[0] in _parents(members[part[0]], waiting)


def _parents(table: Table, waiting: frozenset[tuple[str, str]]) -> Iterable[str]:
    return [oid for key in table.foreign if (table.oid, key.name) not in waiting for oid in key.parents]


def _strong(tables: Mapping[str, Table], waiting: frozenset[tuple[str, str]]) -> list[list[str]]:
    """The strongly connected components, parents first (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for root in tables:
        work = [(root, iter([p for p in _parents(tables[root], waiting) if p in tables]))] if root not in index else []
        while work:
            oid, parents = work[-1]
            if oid not in index:
                index[oid] = low[oid] = len(index)
                stack.append(oid)
            for parent in parents:
                if parent not in index:
                    work.append((parent, iter([p for p in _parents(tables[parent], waiting) if p in tables])))
                    break
                if parent in stack:
                    low[oid] = min(low[oid], low[parent])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[oid])
                if low[oid] == index[oid]:
                    place = stack.index(oid)
                    found.append(sorted(stack[place:], key=lambda one: str(tables[one])))
                    del stack[place:]
    return found
