"""Drift: read the ledger and the live schema, and compare; changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.directory import LOCK_FILE
from rdspatch.core.drift import Drift, drift_between, in_question
from rdspatch.core.errors import LockFileStale, Problem
from rdspatch.engine.inspect import reading, schema_of
from rdspatch.engine.wording import in_expected_words

if TYPE_CHECKING:
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockFile
    from rdspatch.core.run import Run
    from rdspatch.ports import Database, Session


def find_drift(lock: LockFile, *, database: Database, run: Run) -> Drift:
    """Compare a database with what its ledger implies.

    One connection, two round trips, both in read-only transactions. The login needs CONNECT, and where there is a
    ledger USAGE on the schema rdspatch and SELECT on its table; the catalog is open to every role.

    Args:
        lock: With the proof's effects; its scope says which objects are looked at.
        database: The target; a standby will do.
        run: Names the connection.

    Raises:
        LockFileStale: Baseline or patches were not proven, so that nobody knows what they do.
        VerificationFailed: The server refused the query for the schema.
        LedgerUnusable, ReadBlocked, ConnectionLost, DatabaseUnreachable, AccessDenied, InsecureConnection: The
            database could not be asked.
    """
    with reading(database, run) as session:
        return read_drift(lock, session)


def read_drift(lock: LockFile, session: Session) -> Drift:
    """`find_drift` on a session that is open already. Raises OutcomeUnknown when its connection breaks."""
    if lock.baseline is None or any(locked.effects is None for locked in lock.patches):
        what, instead = "does not say what the patches do", "run `rdspatch lock` and commit the result"
        raise LockFileStale([Problem(where=LOCK_FILE, what=what, instead=instead)])
    return drift_from(lock, session.read_ledger(), session)


def drift_from(lock: LockFile, ledger: Ledger, session: Session) -> Drift:
    """Read the schema and compare it; texts of expressions that differ are compared by the server."""
    live = schema_of(session, lock.scope.schemas)
    return drift_between(lock, ledger, in_expected_words(in_question(lock, ledger, live), live, session))
