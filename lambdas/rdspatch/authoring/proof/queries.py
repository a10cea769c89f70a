"""Whether every `verify:` query can hold, and goes on holding after each later patch.

A query is asked after its own patch, as Verify will ask it; after each later patch that names something that it reads;
and once more at the end. What only the end shows is traced by a replay that asks just that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.relations import relations_of
from rdspatch.authoring.tree import executed_nodes, names
from rdspatch.authoring.volatility import builtin_functions
from rdspatch.core.answer import Answer, Truth, complaint_of, truth_of
from rdspatch.core.errors import Problem
from rdspatch.ports import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rdspatch.core.failure import SqlFailure
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.standing import VerifyQuery
    from rdspatch.ports import Session

LIMITS = Limits(lock_timeout=timedelta(seconds=1), statement_timeout=timedelta(minutes=1))
_WORD = re.compile(r"[^\W\d][\w$]*")
_READ = """
SELECT pg_catalog.string_agg(c.relname, pg_catalog.chr(10)) FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND c.relnamespace <> 'pg_catalog'::regnamespace
"""
"""What the query before it in the transaction has read, also through views and functions."""
_EXAMPLE = (
    "write a query that returns one row with one boolean on any database that has the patch, such as "
    "`SELECT count(*) = 0 FROM jobs WHERE id IS NULL` or `SELECT coalesce(bool_and(done), true) FROM jobs`"
)


@dataclass(slots=True)
class _Watched:
    query: VerifyQuery
    truth: Truth
    reads: frozenset[str] | None
    """Words of which a patch has one when it may end the query; None where any patch may."""


class StandingQueries:
    """Follows queries through the patches of a directory."""

    def __init__(self, queries: Iterable[VerifyQuery], *, closely: bool = False) -> None:
        """`closely` asks all of them after every patch, whatever it names."""
        self.problems: list[Problem] = []
        self.asked = 0
        """How many queries were sent."""
        self._closely = closely
        self._watched: list[_Watched] = []
        self._by_patch: dict[str, list[VerifyQuery]] = defaultdict(list)
        for query in queries:
            self._by_patch[query.patch.name].append(query)

    def resume(self, done: Sequence[LockedPatch], session: Session) -> tuple[VerifyQuery, ...]:
        """Take in patches that an earlier proof has followed; the queries among theirs that cannot hold."""
        queries = [query for locked in done for query in self._by_patch.get(locked.patch.name, ())]
        pairs = list(zip(queries, self._ask(queries, session), strict=True))
        self._watched += [_Watched(query, truth_of(answer), _words_of(query)) for query, answer in pairs]
        return tuple(query for query, answer in pairs if truth_of(answer) is Truth.NEVER)

    def follow(self, locked: LockedPatch, session: Session) -> None:
        """Ask what the patch may have ended, then its own queries."""
        if self._watched:
            words = _words_of_patch(locked)
            self._ask_again([it for it in self._watched if it.reads is None or it.reads & words], locked, session)
        for query in self._by_patch.get(locked.patch.name, ()):
            self._watch(query, session)

    def finish(self, session: Session) -> tuple[VerifyQuery, ...]:
        """Ask everything once more; the queries that ended without anybody having seen by which patch."""
        answers = self._ask([it.query for it in self._watched], session)
        pairs = zip(self._watched, answers, strict=True)
        return tuple(it.query for it, answer in pairs if _has_ended(it.truth, answer))

    def _watch(self, query: VerifyQuery, session: Session) -> None:
        self.asked += 1
        answer, read = session.answers([query.text, _READ], limits=LIMITS)
        if truth_of(answer) is Truth.NEVER:
            self.problems.append(_unusable(query, answer))
            return
        also_read = read.value.lower().split("\n") if isinstance(read, Answer) and read.value else ()
        reads = None if self._closely else _words_of(query, also_read)
        self._watched.append(_Watched(query, truth_of(answer), reads))

    def _ask_again(self, watched: Sequence[_Watched], locked: LockedPatch, session: Session) -> None:
        for it, answer in zip(watched, self._ask([it.query for it in watched], session), strict=True):
            if _has_ended(it.truth, answer):
                self.problems.append(ended_by(locked, it.query, answer))
                self._watched.remove(it)
            else:
                it.truth = truth_of(answer)

    def _ask(self, queries: Sequence[VerifyQuery], session: Session) -> tuple[Answer | SqlFailure, ...]:
        self.asked += len(queries)
        return session.answers([query.text for query in queries], limits=LIMITS) if queries else ()


def _unusable(query: VerifyQuery, answer: Answer | SqlFailure) -> Problem:
    is_misshapen = isinstance(answer, Answer) and not answer.is_one_boolean
    why = "so it never holds" if is_misshapen else "where the database has no rows but those of baseline and patches"
    what = f"verify: `{query.text}` {complaint_of(answer)}, {why}"
    return Problem(where=query.patch.id.file_name, what=what, instead=_EXAMPLE)


def ended_by(locked: LockedPatch, query: VerifyQuery, answer: Answer | SqlFailure) -> Problem:
    """That a patch ends a query of an earlier one, and how its header can say that this is meant."""
    what = f"ends a query of {query.patch.name}: after it, `{query.text}` {complaint_of(answer)}"
    instead = f"keep what the query asks for, or write `{query.retired_by}` in this patch's header"
    return Problem(where=locked.patch.id.file_name, what=what, instead=instead)


def _has_ended(before: Truth, answer: Answer | SqlFailure) -> bool:
    """What was false may become true by the rows of a database; what was true and is not any more has an end."""
    now = truth_of(answer)
    return now is Truth.NEVER or (before is Truth.TRUE and now is Truth.FALSE)


def _words_of(query: VerifyQuery, also_read: Iterable[str] = ()) -> frozenset[str] | None:
    """The names and texts in a query, but for built-in functions, and what it has read.

    None where some of them are no words, or where it asks a catalog and names nothing.
    """
    (statement,) = parse_statements(query.text)
    nodes = [node for _, node in executed_nodes(statement.node)]
    found = {*also_read, *(relation.name for relation in relations_of(statement.node))}
    called = (names(node.funcname)[-1] for node in nodes if isinstance(node, pb.FuncCall))
    found.update(name for name in called if name not in builtin_functions())
    for node in nodes:
        if isinstance(node, pb.A_Const):
            found.update(_WORD.findall(node.sval.sval))
    if not all(_WORD.fullmatch(name) for name in found):
        return None
    is_of_a_catalog = not found and any(isinstance(node, pb.RangeVar) for node in nodes)
    return None if is_of_a_catalog else frozenset(name.lower() for name in found)


def _words_of_patch(locked: LockedPatch) -> frozenset[str]:
    """Every word of its text, also in the bodies of blocks and functions, and everything that it was seen to touch."""
    texts: Iterable[str] = (
        locked.patch.sql,
        *(part for effect in locked.effects or () for part in effect.object.path),
        *(name for trace in locked.traces for name, _ in trace.locks),
    )
    return frozenset(word for text in texts for word in _WORD.findall(text.lower()))
