"""Statements that run outside of a transaction hold their locks only while they run; this is what they hold.

From the chapter on explicit locking and the commands' own pages; the tests watch each from a second connection.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.relations import relations_of
from rdspatch.authoring.transactions import is_concurrent, is_detach_concurrently
from rdspatch.authoring.tree import option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.authoring.proof.observation import Observation
    from rdspatch.authoring.proof.state import State
    from rdspatch.authoring.tree import Node

_GENTLE = "ShareUpdateExclusiveLock"
_ALL = "AccessExclusiveLock"


def documented(
    node: Node, before: State, seen: Observation, search_path: Sequence[str], *, first: State
) -> Observation:
    """The observation of a statement outside of a transaction, with the locks and scans that nobody could see.

    Args:
        node: The statement.
        before: The state before it.
        seen: What the states around it tell.
        search_path: Where relations without a schema are.
        first: The state before the patch; what the patch itself has made is in nobody's way.
    """
    old = {oid: it for oid, it in before.relations.items() if before.indexes.get(oid, oid) in first.relations}
    before = replace(before, relations=old)
    locks = dict(sorted(_locks(node, before, search_path)))
    scans = sorted(_tables(node, before, search_path)) if _reads_all(node) else []
    builds = sorted(_tables(node, before, search_path)) if isinstance(node, pb.ReindexStmt) else []
    scans = [name for name in scans if name not in seen.trace.rewrites]
    trace = replace(seen.trace, locks=tuple(locks.items()), scans=tuple(scans))
    return replace(seen, trace=trace, held=locks, builds=() if is_concurrent(node) else tuple(builds))


def resolve(state: State, schema: str | None, name: str, search_path: Sequence[str]) -> int | None:
    """The relation that a name stands for."""
    wanted = [f"{place}.{name}" for place in ([schema] if schema else search_path)]
    by_name = {relation.name: oid for oid, relation in state.relations.items()}
    return next((by_name[full] for full in wanted if full in by_name), None)


def _locks(node: Node, before: State, search_path: Sequence[str]) -> Iterator[tuple[str, str]]:
    for oid in _oids(node, before, search_path):
        name, table = before.relations[oid].name, before.indexes.get(oid)
        match node:
            case pb.ReindexStmt() if not is_concurrent(node):
                yield from ((before.relations[index].name, _ALL) for index in _indexes_of(oid, before))
                yield before.relations[table or oid].name, "ShareLock"
            case pb.ClusterStmt():
                yield name, _ALL
            case pb.VacuumStmt() if option(node.options, "full"):
                yield name, _ALL
            case _ if is_detach_concurrently(node) and oid != _oids(node, before, search_path)[0]:
                yield name, _ALL
            case _:
                yield before.relations[table or oid].name, _GENTLE


def _reads_all(node: Node) -> bool:
    return isinstance(node, pb.IndexStmt | pb.ReindexStmt | pb.ClusterStmt) or (
        isinstance(node, pb.VacuumStmt) and option(node.options, "full")
    )


def _indexes_of(oid: int, state: State) -> Iterator[int]:
    yield from [oid] if oid in state.indexes else (index for index, table in state.indexes.items() if table == oid)


def _tables(node: Node, before: State, search_path: Sequence[str]) -> set[str]:
    return {before.relations[before.indexes.get(oid, oid)].name for oid in _oids(node, before, search_path)}


def _oids(node: Node, before: State, search_path: Sequence[str]) -> list[int]:
    found = [resolve(before, item.schema, item.name, search_path) for item in relations_of(node)]
    return [oid for oid in found if oid is not None]
