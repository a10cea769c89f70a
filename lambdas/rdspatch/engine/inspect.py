"""Preflight and plan: look at the database without changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import AccessDenied, ConnectionLost, Problem, UnsupportedServer, VerificationFailed
from rdspatch.core.failure import OutcomeUnknown, SqlFailed

if TYPE_CHECKING:
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.run import Run
    from rdspatch.core.schema import Schema
    from rdspatch.core.sessions import ServerFacts
    from rdspatch.ports import Database

OLDEST_SERVER = 140_000


def preflight(database: Database, run: Run) -> ServerFacts:
    """Connect and check that the server can be patched; changes nothing.

    Raises:
        UnsupportedServer: Older than PostgreSQL 14, or a read-only standby.
        AccessDenied: The role may not create the ledger.
        DatabaseUnreachable, InsecureConnection, ConnectionLost: No usable connection.
    """
    session = database.connect(run)
    try:
        facts = session.server_facts()
    except OutcomeUnknown as lost:
        raise ConnectionLost("the connection broke during preflight; nothing was changed") from lost
    finally:
        session.close()
    if facts.version < OLDEST_SERVER:
        raise UnsupportedServer(f"the server is version {facts.version}; PostgreSQL 14 or newer is needed")
    if facts.in_recovery:
        raise UnsupportedServer("the server is a read-only standby; use the instance's or the writer endpoint")
    if not facts.can_create_ledger:
        raise AccessDenied(
            f"role {facts.user} may not create the schema rdspatch: GRANT CREATE ON DATABASE to it; the first run "
            "needs it, later ones do not",
        )
    return facts


def read_ledger(database: Database, run: Run) -> Ledger:
    """What the database says is applied; one round trip.

    Raises:
        LedgerUnusable: The ledger is there in part or in another shape.
        DatabaseUnreachable, AccessDenied, InsecureConnection, ConnectionLost: No usable connection.
    """
    session = database.connect(run)
    try:
        return session.read_ledger()
    except OutcomeUnknown as lost:
        raise ConnectionLost("the connection broke while reading the ledger; nothing was changed") from lost
    finally:
        session.close()


def read_live_schema(database: Database, run: Run) -> Schema:
    """What the database holds of everything that patches may change; one round trip.

    Raises:
        VerificationFailed: The server did not answer the query for the schema.
        DatabaseUnreachable, AccessDenied, InsecureConnection, ConnectionLost: No usable connection.
    """
    session = database.connect(run)
    try:
        return session.read_schema()
    except OutcomeUnknown as lost:
        raise ConnectionLost("the connection broke while reading the schema; nothing was changed") from lost
    except SqlFailed as failed:
        what = f"cannot be read: {failed.failure.message} (SQLSTATE {failed.failure.sqlstate})"
        raise VerificationFailed([Problem(where="the schema", what=what, instead="run again")]) from failed
    finally:
        session.close()
