"""Verify: applied means true. Every `verify:` query of every applied patch must say so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.core.errors import ConnectionLost, Problem, VerificationFailed
from rdspatch.core.failure import OutcomeUnknown, SqlFailed
from rdspatch.ports import Database, Limits, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.run import Run
    from rdspatch.engine.deadline import Deadline

MOST_QUERY_TIME = timedelta(minutes=1)


def verify(patches: Sequence[LockedPatch], *, database: Database, run: Run, deadline: Deadline) -> tuple[str, ...]:
    """Check the patches that the ledger holds.

    Each query runs in a read-only transaction with a statement timeout. Patches that are pending are not looked at.

    Returns:
        The names of the applied patches of this directory, all true.

    Raises:
        VerificationFailed: With every query that did not return exactly one row with one true value.
        LedgerUnusable, ConnectionLost, DatabaseUnreachable, AccessDenied: The database could not be asked.
    """
    session = database.connect(run)
    try:
        ledger = session.read_ledger()
        rows = {row.patch_id for row in ledger.applied}
        applied = tuple(locked for locked in patches if locked.patch.name in rows)
        problems = [problem for locked in applied for problem in _problems(locked, session, deadline)]
    except OutcomeUnknown as lost:
        raise ConnectionLost("the connection broke while verifying; nothing was changed, run again") from lost
    finally:
        session.close()
    if problems:
        raise VerificationFailed(problems)
    return tuple(locked.patch.name for locked in applied)


def _problems(locked: LockedPatch, session: Session, deadline: Deadline) -> list[Problem]:
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
