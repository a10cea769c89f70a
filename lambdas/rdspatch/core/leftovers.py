"""Invalid indexes that an interrupted REINDEX CONCURRENTLY leaves: never read, and written to by every change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdspatch.core.expectation import Mismatch
from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind
from rdspatch.core.statement import StatementKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import Schema
    from rdspatch.core.statement import RelationName, Statement

_LEFTOVER = re.compile(r"(?P<index>.+)_cc(?:new|old)[0-9]*", re.DOTALL)
_REBUILDS = frozenset({StatementKind.CREATE_INDEX, StatementKind.REPEATABLE})


def rebuilds_concurrently(locked: LockedPatch) -> bool:
    """Whether the patch builds or rebuilds an index without holding up writers."""
    return any(statement.concurrent and statement.kind in _REBUILDS for statement in locked.statements)


def leftovers(patches: Iterable[LockedPatch], live: Schema) -> tuple[Mismatch, ...]:
    """The leftovers on tables and indexes that these patches build or rebuild concurrently.

    They are named and not dropped: the catalog does not say whether such an index is what an interrupted command
    left or what a running one is filling.
    """
    named = {
        relation: locked.patch.name
        for locked in patches
        for statement in locked.statements
        if statement.concurrent and statement.kind in _REBUILDS
        for relation in _relations(statement)
    }
    found = []
    for name in sorted(live.objects, key=lambda name: name.sort_key):
        match = _LEFTOVER.fullmatch(name.path[-1]) if name.kind is ObjectKind.INDEX else None
        if match is None or live.objects[name].get("valid"):
            continue
        _, table = owner_of(name, live.objects[name]) or ("", "")
        patch = _patch_of({match["index"], table}, name.path[0], named)
        if patch is not None:
            found.append(
                Mismatch(
                    object=name,
                    property=None,
                    expected="gone when no REINDEX CONCURRENTLY is at work: DROP INDEX CONCURRENTLY it by a patch",
                    found="an invalid leftover",
                    patch=patch,
                ),
            )
    return tuple(found)


def _relations(statement: Statement) -> tuple[RelationName, ...]:
    return statement.relations if statement.object is None else (*statement.relations, statement.object)


def _patch_of(names: set[str], schema: str, named: dict[RelationName, str]) -> str | None:
    for relation, patch in named.items():
        if relation.schema in (None, schema) and relation.name in names:
            return patch
    return None
