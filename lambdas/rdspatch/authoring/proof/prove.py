"""From parsed patches to the lock file's content, or to everything that a scratch server has against them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.authoring.proof.extensions import make_untrusted_extensions
from rdspatch.authoring.proof.generated import note_on
from rdspatch.authoring.proof.known import with_proof
from rdspatch.authoring.proof.named_roles import roles_of
from rdspatch.authoring.proof.one import prove_one, reason
from rdspatch.authoring.proof.queries import StandingQueries
from rdspatch.authoring.proof.start import Ground
from rdspatch.authoring.proof.versions import differences_from
from rdspatch.core.dependence import Varying
from rdspatch.core.errors import Drifted, LockNotAvailable, Problem, ProofFailed
from rdspatch.core.failure import SqlFailed
from rdspatch.core.lockfile import LockedBaseline, LockedPatch, LockFile
from rdspatch.core.patch import checksum
from rdspatch.core.standing import standing_queries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rdspatch.authoring.proof.generated import EmptyTable
    from rdspatch.authoring.proof.scratch import ScratchDatabase, ScratchServer
    from rdspatch.core.schema import Schema
    from rdspatch.core.standing import VerifyQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A whole directory, proven."""

    lock: LockFile
    """Scope and models are not the proof's and are left empty."""
    schema: Schema
    """What the baseline and all patches lead to."""
    newly: int
    """How many patches were proven now; the others were replayed."""
    notes: tuple[str, ...] = ()
    """What could not be looked at, for people."""


def prove(
    baseline: str,
    locked: Sequence[LockedPatch],
    server: ScratchServer,
    *,
    known: LockFile | None = None,
    like: Callable[[], LockFile | None] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Proven:
    """Replay the baseline and what is known, and prove every other patch on top.

    What is known counts only for the same baseline, the same first patches and the same server version, and only when
    the replay ends in the very schema that it promises; otherwise everything is proven.

    Where the same was proven on another version before, everything has to come out as there: in the eyes of a run,
    for which the server says what is the same in other words.

    Args:
        baseline: The SQL that makes the schema before the first patch.
        locked: The patches as the parser sees them, in order.
        server: Where scratch databases are made.
        known: From the existing lock file.
        like: Answers, once everything is proven here, what the proof on another version came to, with the scope that
            runs look at; None where there is nothing to be held against.
        progress: Told the name of each patch before it is proven.

    Raises:
        ProofFailed: With every reason of every patch, up to the first that the server does not take at all.
    """
    texts = [entry.patch.sql for entry in locked]
    ground = Ground(server, baseline, roles_of([baseline, *texts]), roles_of(texts))
    notes = ground.provide_roles()
    if known is not None and _still_counts(known, server, baseline):
        with ground.trunk() as (trunk, start, met):
            entries = _replay(trunk, locked[: len(known.patches)], known.patches)
            schema = trunk.read_schema()
            if like is not None or (start == known.baseline and _is_as_promised(known, met, schema)):
                way = _Way(start, entries, schema, locked[len(entries) :], _standing(locked), notes)
                return _go_on(trunk, ground, way, like, progress)
    with ground.trunk() as (trunk, start, met):
        way = _Way(start, (), met, locked, _standing(locked), notes)
        return _go_on(trunk, ground, way, like, progress)


@dataclass(frozen=True, slots=True)
class _Way:
    """How far a database has come."""

    start: LockedBaseline
    done: tuple[LockedPatch, ...]
    schema: Schema
    rest: Sequence[LockedPatch]
    queries: StandingQueries
    notes: tuple[str, ...]


def _standing(locked: Sequence[LockedPatch]) -> StandingQueries:
    return StandingQueries(standing_queries(entry.patch for entry in locked))


def _go_on(
    trunk: ScratchDatabase,
    ground: Ground,
    way: _Way,
    like: Callable[[], LockFile | None] | None,
    progress: Callable[[str], None],
) -> Proven:
    server = ground.server
    entries, schema, promised = list(way.done), way.schema, _promised(way.start.schema, way.done)
    depends = [dependence for entry in way.done for dependence in entry.depends]
    problems: list[Problem] = []
    notes = list(way.notes)
    empty: dict[str, EmptyTable] = {}
    with trunk.runner() as runner:
        ended = way.queries.resume(way.done, runner.session)
    for entry in way.rest:
        progress(entry.patch.name)
        varying = Varying(tuple(depends), promised.objects.keys())
        result = prove_one(entry, trunk, server, before=schema, varying=varying)
        problems += result.problems
        notes += result.notes
        empty |= {table.name: table for table in result.empty}
        if result.after is None:
            break
        with trunk.runner() as runner:
            way.queries.follow(result.locked, runner.session)
        entries.append(result.locked)
        schema, promised = result.after, promised.with_effects(result.locked.effects or ())
        depends += result.locked.depends
    else:
        with trunk.runner() as runner:
            ended = tuple(dict.fromkeys((*ended, *way.queries.finish(runner.session))))
        problems += _traced(ended, entries, ground)
        there = None if like is None else like()
        problems += () if there is None else differences_from(there, entries, trunk)
    problems += way.queries.problems
    if problems:
        raise ProofFailed(problems)
    lock = LockFile(patches=tuple(entries), baseline=way.start, server=server.major, search_path=trunk.search_path)
    return Proven(lock=lock, schema=schema, newly=len(way.rest), notes=(*notes, *note_on(empty.values())))


def _traced(ended: Sequence[VerifyQuery], locked: Sequence[LockedPatch], ground: Ground) -> list[Problem]:
    """Go the whole way once more, and ask these queries after every patch: which of them ended each."""
    if not ended:
        return []
    with ground.trunk() as (database, *_):
        queries = StandingQueries(ended, closely=True)
        with database.runner() as runner:
            for entry in locked:
                make_untrusted_extensions(entry, database)
                runner.apply_one(entry, 0)
                queries.follow(entry, runner.session)
    return queries.problems


def _still_counts(known: LockFile, server: ScratchServer, baseline: str) -> bool:
    return (
        known.baseline is not None
        and known.baseline.checksum == checksum(baseline)
        and server.major in known.servers
        and known.search_path == server.url.settings.search_path
    )


def _is_as_promised(known: LockFile, met: Schema, schema: Schema) -> bool:
    """Whether the replay of patches that met one schema ended in what is known, but for what is never the same."""
    promised = _promised(met, known.patches)
    depends = tuple(dependence for entry in known.patches for dependence in entry.depends)
    varying = Varying(depends, promised.objects.keys())
    return varying.rest_of(schema) == varying.rest_of(promised)


def _promised(start: Schema, patches: Sequence[LockedPatch]) -> Schema:
    """The schema after patches, as their proofs say."""
    return start.with_effects(effect for entry in patches for effect in entry.effects or ())


def _replay(
    trunk: ScratchDatabase, locked: Sequence[LockedPatch], known: Sequence[LockedPatch]
) -> tuple[LockedPatch, ...]:
    """Apply patches, and say of them what the parser says now and the proof said then."""
    with trunk.runner() as runner:
        for entry in locked:
            make_untrusted_extensions(entry, trunk)
            try:
                runner.apply_one(entry, 0)
            except (SqlFailed, Drifted, LockNotAvailable) as error:
                raise ProofFailed([reason(entry, error)]) from None
    return with_proof(locked, known)
