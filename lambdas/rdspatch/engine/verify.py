"""Verify: applied means true.

What every applied patch was proven to do must be there, its queries must be true, and once every patch is applied each
of the application's models can be selected.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.core.answer import complaint_of
from rdspatch.core.errors import EffectMissing, Problem, VerificationFailed
from rdspatch.core.expectation import compare, expected_now, within, without_varying
from rdspatch.core.failure import FailureKind, SqlFailed, SqlFailure
from rdspatch.core.leftovers import leftovers, rebuilds_concurrently
from rdspatch.core.lost import patches_lost
from rdspatch.core.standing import standing_queries
from rdspatch.core.strangers.shadowing import shadowed
from rdspatch.core.withheld import without_constants
from rdspatch.engine.inspect import reading, schema_of
from rdspatch.engine.planning import read_shadows
from rdspatch.engine.wording import in_expected_words
from rdspatch.ports import Database, Limits, Session

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from rdspatch.core.expectation import Mismatch
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch, LockFile
    from rdspatch.core.models import MappedModel
    from rdspatch.core.run import Run
    from rdspatch.core.schema import Effect
    from rdspatch.core.scope import Scope
    from rdspatch.core.standing import VerifyQuery
    from rdspatch.core.strangers.shadowing import Shadow
    from rdspatch.engine.deadline import Deadline

MOST_QUERY_TIME = timedelta(minutes=1)
_WITNESS = "the run or the audit knows to be applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found of the applied patches of this directory."""

    patches: tuple[str, ...]
    """Their names."""
    missing: tuple[Problem, ...] = ()
    """Everything that a patch was proven to do and the live schema does not have."""
    untrue: tuple[Problem, ...] = ()
    """Every query that is not true, and every model that cannot be selected."""
    unjudged: tuple[str, ...] = ()
    """Applied patches that have no file here with the text that was applied; nothing is said of them."""
    lost: tuple[str, ...] = ()
    """Patches of this directory that are known to have been applied, and are not in the ledger."""

    @property
    def is_true(self) -> bool:
        """Whether nothing is wrong."""
        return not self.missing and not self.untrue and not self.lost

    def require_true(self) -> None:
        """Raise what is wrong.

        PatchesLost where patches are gone, since that explains whatever else is missing; else EffectMissing with
        everything that is wrong, or VerificationFailed where every effect is there.
        """
        if self.lost:
            raise patches_lost(self.lost, witness=_WITNESS)
        if self.missing:
            raise EffectMissing([*self.missing, *self.untrue])
        if self.untrue:
            raise VerificationFailed(self.untrue)


def verify(
    lock: LockFile, *, database: Database, run: Run, deadline: Deadline, known: Collection[str] = ()
) -> tuple[str, ...]:
    """Check the patches that the ledger holds.

    Returns:
        The names of the applied patches of this directory, all true.

    Raises:
        PatchesLost: The ledger has not all of `known` that have a file here.
        EffectMissing: With everything that a patch was proven to do and the live schema does not have, and with
            whatever else is wrong.
        VerificationFailed: With every query that did not return exactly one row with one true value, and every model
            that cannot be selected.
        LedgerUnusable, ReadBlocked, ConnectionLost, DatabaseUnreachable, AccessDenied: The database could not be asked.
    """
    found = examine(lock, database=database, run=run, deadline=deadline, known=known)
    found.require_true()
    return found.patches


def examine(
    lock: LockFile, *, database: Database, run: Run, deadline: Deadline, known: Collection[str] = ()
) -> Verification:
    """What `verify` finds, as a value; `known` are the names of patches that were applied before the ledger is read.

    Queries that an applied patch retires are not asked, and neither are those that may call code of somebody else.
    Each of the others runs in a read-only transaction with a statement timeout; the schema is read in one round trip,
    and only when there is something to compare it with. Patches that are pending are not looked at; nor are the models
    while one is, since they may be waiting for it; nor are patches whose file was edited since, nor effects outside of
    the lock file's scope.
    """
    with reading(database, run) as session:
        ledger = session.read_ledger()
        rows = {(row.patch_id, row.checksum) for row in ledger.applied}
        applied = tuple(locked for locked in lock.patches if (locked.patch.name, locked.patch.checksum) in rows)
        queries = standing_queries(locked.patch for locked in applied)
        shadows = read_shadows(session) if queries else ()
        untrue = [problem for query in queries for problem in _untrue(query, session, deadline, shadows)]
        missing = _missing(applied, ledger, session, lock.scope)
        if applied == lock.patches and lock.models is not None:
            untrue += _unselectable(lock.models.mapped, session, deadline)
    names = tuple(locked.patch.name for locked in applied)
    unjudged = tuple(row.patch_id for row in ledger.applied if row.patch_id not in names)
    lost = tuple(name for locked in lock.patches if (name := locked.patch.name) in known and ledger.find(name) is None)
    return Verification(patches=names, missing=tuple(missing), untrue=tuple(untrue), unjudged=unjudged, lost=lost)


def _missing(applied: Sequence[LockedPatch], ledger: Ledger, session: Session, scope: Scope) -> list[Problem]:
    by_name = {locked.patch.name: locked for locked in applied}
    # A row of a patch that is not among ours stands for a newer artefact, which may have changed anything.
    history = [
        (row.patch_id, by_name[row.patch_id].effects if row.patch_id in by_name else None) for row in ledger.applied
    ]
    found = mismatches(applied, history, session, scope)
    return [Problem(where=by_name[it.patch].patch.id.file_name, what=str(it)) for it in found]


def mismatches(
    applied: Sequence[LockedPatch],
    history: Sequence[tuple[str, Sequence[Effect] | None]],
    session: Session,
    scope: Scope,
) -> tuple[Mismatch, ...]:
    """Everything in which the live schema is not what a history of patches leads to.

    Args:
        applied: The patches of the history that have a file here.
        history: Name and effects of each patch in the order of their application; None where nobody knows them.
        session: To the database; the schema is read only when the history leads to anything.
        scope: Which objects are looked at.

    Raises:
        VerificationFailed: The server refused the query for the schema.
        ReadBlocked: A lock was in the way.
    """
    by_name = {locked.patch.name: locked for locked in applied}
    expected = expected_now(history)
    if not expected and not any(rebuilds_concurrently(locked) for locked in applied):
        return ()
    known = [by_name[name] for name, _ in history if name in by_name]
    wanted = {name: it.values for name, it in expected.items() if it.exists.value}
    found = in_expected_words(wanted, schema_of(session, scope.schemas), session)
    expected, live = within(scope, *without_varying(expected, found, known))
    return (*compare(expected, live), *leftovers(applied, live))


def _untrue(query: VerifyQuery, session: Session, deadline: Deadline, shadows: tuple[Shadow, ...]) -> Iterator[Problem]:
    why = shadowed(query.text, shadows)
    if why:
        what = f"`{without_constants(query.text)}` was not asked: {why}"
        yield Problem(where=query.patch.id.file_name, what=what)
        return
    (answer,) = session.answers([query.text], limits=_limits(deadline))
    what, instead = complaint_of(answer), ""
    if isinstance(answer, SqlFailure) and answer.kind is FailureKind.HIDDEN:
        instead = "let the role that verifies see every row (BYPASSRLS); of hidden rows nothing is known"
    if what:
        what = f"`{without_constants(query.text)}` {what}"
        yield Problem(where=query.patch.id.file_name, what=what, instead=instead)


def _unselectable(models: Sequence[MappedModel], session: Session, deadline: Deadline) -> list[Problem]:
    """All models in one message; only when that fails, each in its own, so that every one that fails is named."""
    if _select(models, session, deadline) is None:
        return []
    failures = [(model, _select([model], session, deadline)) for model in models]
    return [_cannot_select(model, failure) for model, failure in failures if failure is not None]


def _select(models: Sequence[MappedModel], session: Session, deadline: Deadline) -> SqlFailure | None:
    try:
        session.select_nothing(models, limits=_limits(deadline))
    except SqlFailed as failed:
        return failed.failure
    return None


def _cannot_select(model: MappedModel, failure: SqlFailure) -> Problem:
    what = f"its columns cannot be selected from {model.table}: {failure.message} (SQLSTATE {failure.sqlstate})"
    match failure.kind:
        case FailureKind.DENIED:
            instead = "grant the role that verifies USAGE on its schema and SELECT on all of its columns"
        case FailureKind.CANCELLED:
            instead = "run again"
        case _:
            instead = "add by a patch what is missing, or deploy the patches of this version of the application"
    return Problem(where=f"model {model.model}", what=what, instead=instead)


def _limits(deadline: Deadline) -> Limits:
    return Limits(lock_timeout=timedelta(seconds=1), statement_timeout=deadline.cap(MOST_QUERY_TIME))
