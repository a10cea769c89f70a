"""From what a statement says and did to the risks that a reviewer should know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.bodies import executed_bodies
from rdspatch.authoring.proof.declared import declared_by
from rdspatch.authoring.proof.documented import resolve
from rdspatch.authoring.proof.observation import STOPS_READERS, STOPS_WRITERS, rank
from rdspatch.authoring.tree import executed_nodes
from rdspatch.core.patch import Transaction
from rdspatch.core.proof import Hazard, HazardKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.proof.observation import Observation
    from rdspatch.authoring.proof.state import State
    from rdspatch.authoring.tree import Node

_VERBS = ((pb.InsertStmt, "inserts"), (pb.UpdateStmt, "updates"), (pb.DeleteStmt, "deletes"), (pb.MergeStmt, "merges"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One statement: what it says, and what it did."""

    parsed: ParsedStatement
    nodes: tuple[Node, ...]
    """Its own nodes and those of the bodies that it runs."""
    observation: Observation
    first: State
    search_path: Sequence[str]
    until: str
    """When the locks that it takes are let go."""

    def table(self, relation: Node) -> str | None:
        """The qualified name of a table that was there before the patch."""
        oid = resolve(self.first, relation.schemaname or None, relation.relname, self.search_path)
        return None if oid is None else self.first.relations[oid].name


def hazards_of(
    parsed: Sequence[ParsedStatement],
    observations: Sequence[Observation],
    *,
    first: State,
    search_path: Sequence[str],
    transaction: Transaction = Transaction.ONE,
) -> tuple[Hazard, ...]:
    """Every hazard of a patch, in the order of its statements.

    Args:
        parsed: The statements.
        observations: What each of them did.
        first: The state before the patch.
        search_path: Where relations without a schema are.
        transaction: Whether the locks of a statement are held until the patch is done, or only until it is.
    """
    found = []
    until = "the patch is done" if transaction is Transaction.ONE else "the statement is done"
    for statement, observation in zip(parsed, observations, strict=True):
        nodes = tuple(_nodes(statement))
        seen = _Seen(
            parsed=statement,
            nodes=nodes,
            observation=observation,
            first=first,
            search_path=search_path,
            until=until,
        )
        facts = {*_waits(seen), *_losses(seen), *_changes(seen), *_takings(seen)}
        found += [
            Hazard(kind=kind, line=statement.line, on=on, sentence=sentence)
            for kind, on, sentence in sorted(facts, key=lambda fact: (fact[0].value, fact[1], fact[2]))
        ]
    return tuple(found)


def changes_data(parsed: Sequence[ParsedStatement]) -> bool:
    """Whether a patch says that it changes rows."""
    kinds = (*(kind for kind, _ in _VERBS), pb.TruncateStmt)
    return any(isinstance(node, kinds) for statement in parsed for node in _nodes(statement))


def _nodes(statement: ParsedStatement) -> Iterator[Node]:
    for root in (statement.node, *(inner.node for inner in executed_bodies((statement,)))):
        yield from (node for _, node in executed_nodes(root))


def _waits(seen: _Seen) -> Iterator[tuple[HazardKind, str, str]]:
    trace, emptied = seen.observation.trace, set(_emptied(seen))
    for name in trace.rewrites:
        if name not in emptied:
            yield HazardKind.REWRITE, name, f"writes every row of {name} again{_under(seen, name)}"
    for name in seen.observation.builds:
        if name not in trace.rewrites and _lock(seen, name) >= STOPS_WRITERS:
            yield HazardKind.INDEX_BUILD, name, f"builds an index on {name}{_under(seen, name)}"
    for name in trace.scans:
        if name not in (*trace.rewrites, *seen.observation.builds) and _lock(seen, name) >= STOPS_WRITERS:
            yield HazardKind.SCAN, name, f"reads all of {name}{_under(seen, name)}"


def _losses(seen: _Seen) -> Iterator[tuple[HazardKind, str, str]]:
    kind = HazardKind.DESTRUCTIVE
    for name in seen.observation.dropped_tables:
        yield kind, name, f"drops the table {name} with its rows"
    for name in seen.observation.dropped_columns:
        yield kind, name, f"drops the column {name} with its values"
    for name in _emptied(seen):
        yield kind, name, f"removes every row of {name}"
    for change in seen.observation.new_types:
        types = f"{change.column} from {change.before.type} to {change.after.type}"
        if change.loss is not None:
            yield kind, change.column, f"narrows {types}: {change.loss}"
        elif change.another_family:
            what = f"changes {types}: expressions that need the old type are refused"
            yield HazardKind.RESTRICTS, change.column, what


def _takings(seen: _Seen) -> Iterator[tuple[HazardKind, str, str]]:
    """What the catalogs say is gone or refused, and what only the statement says."""
    observed = [(fact.kind, fact.on, fact.sentence) for fact in seen.observation.taken]
    known = {fact.kind for fact in seen.observation.taken}
    declared = [fact for node in seen.nodes for fact in declared_by(node, seen.observation.made)]
    yield from observed
    yield from ((fact.kind, fact.on, fact.sentence) for fact in declared if fact.kind not in known)


def _changes(seen: _Seen) -> Iterator[tuple[HazardKind, str, str]]:
    emptied, named = set(_emptied(seen)), set()
    for node in seen.nodes:
        for kind, verb in _VERBS:
            name = seen.table(node.relation) if isinstance(node, kind) else None
            if name and not (verb == "deletes" and name in emptied):
                named.add(name)
                rows = "rows into" if verb in ("inserts", "merges") else "rows of"
                yield HazardKind.DATA, name, f"{verb} {rows} {name}"
    for name in seen.observation.writes:
        if name not in named | emptied:
            yield HazardKind.DATA, name, f"changes rows of {name}"


def _emptied(seen: _Seen) -> Iterator[str]:
    for node in seen.nodes:
        if isinstance(node, pb.TruncateStmt):
            yield from filter(None, (seen.table(unwrap_node(item)) for item in node.relations))
        elif isinstance(node, pb.DeleteStmt) and not node.HasField("where_clause"):
            yield from filter(None, [seen.table(node.relation)])


def _lock(seen: _Seen, name: str) -> int:
    mode = seen.observation.held.get(name)
    return -1 if mode is None else rank(mode)


def _under(seen: _Seen, name: str) -> str:
    mode = seen.observation.held.get(name)
    if mode is None or rank(mode) < STOPS_WRITERS:
        return ""
    who = "reads or writes it" if rank(mode) >= STOPS_READERS else "writes to it"
    return f" under {mode}: nobody else {who} until {seen.until}"
