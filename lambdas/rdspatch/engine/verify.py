"""Verify: applied means true. What every applied patch was proven to do must be there, and its queries must be true."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.core.errors import ConnectionLost, EffectMissing, Problem, VerificationFailed
from rdspatch.core.expectation import compare, expected_now
from rdspatch.core.failure import OutcomeUnknown, SqlFailed
from rdspatch.core.leftovers import leftovers, rebuilds_concurrently
from rdspatch.ports import Database, Limits, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.run import Run
    from rdspatch.engine.deadline import Deadline

MOST_QUERY_TIME = timedelta(minutes=1)


def verify(patches: Sequence[LockedPatch], *, database: Database, run: Run, deadline: Deadline) -> tuple[str, ...]:
    """Check the patches that the ledger holds.

    Each query runs in a read-only transaction with a statement timeout; the schema is read in one round trip, and
    only when there is something to compare it with. Patches that are pending are not looked at.

    Returns:
        The names of the applied patches of this directory, all true.

    Raises:
        EffectMissing: With everything that a patch was proven to do and the live schema does not have, and with
            every query that is not true.
        VerificationFailed: With every query that did not return exactly one row with one true value.
        LedgerUnusable, ConnectionLost, DatabaseUnreachable, AccessDenied: The database could not be asked.
    """
    session = database.connect(run)
    try:
        ledger = session.read_ledger()
        rows = {row.patch_id for row in ledger.applied}
        applied = tuple(locked for locked in patches if locked.patch.name in rows)
        untrue = [problem for locked in applied for problem in _untrue(locked, session, deadline)]
        missing = _missing(applied, ledger, session)
    except OutcomeUnknown as lost:
        raise ConnectionLost("the connection broke while verifying; nothing was changed, run again") from lost
    finally:
        session.close()
    if missing:
        raise EffectMissing([*missing, *untrue])
    if untrue:
        raise VerificationFailed(untrue)
    return tuple(locked.patch.name for locked in applied)


def _missing(applied: Sequence[LockedPatch], ledger: Ledger, session: Session) -> list[Problem]:
    by_name = {locked.patch.name: locked for locked in applied}
    # A row of a patch that is not among ours stands for a newer artefact, which may have changed anything.
    history = [
        (row.patch_id, by_name[row.patch_id].effects if row.patch_id in by_name else None) for row in ledger.applied
    ]
    expected = expected_now(history)
    if not expected and not any(rebuilds_concurrently(locked) for locked in applied):
        return []
    try:
        live = session.read_schema()
    except SqlFailed as failed:
        what = f"cannot be read: {failed.failure.message} (SQLSTATE {failed.failure.sqlstate})"
        raise VerificationFailed([Problem(where="the schema", what=what, instead="run again")]) from failed
    mismatches = (*compare(expected, live), *leftovers(applied, live))
    return [Problem(where=by_name[found.patch].patch.id.file_name, what=str(found)) for found in mismatches]


def _untrue(locked: LockedPatch, session: Session, deadline: Deadline) -> list[Problem]:
    limits = Limits(lock_timeout=timedelta(seconds=1), statement_timeout=deadline.cap(MOST_QUERY_TIME))
    problems = []
    for query in locked.patch.directives.verify:
        try:
            what = "" if session.is_true(query, limits=limits) else f"`{query}` is not true"
        except SqlFailed as failed:
            what = f"`{query}` failed: {failed.failure.message} (SQLSTATE {failed.failure.sqlstate})"
        if what:
            problems.append(Problem(where=locked.patch.id.file_name, what=what))
    return problems
