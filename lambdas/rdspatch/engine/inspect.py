"""Preflight and plan: look at the database without changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import AccessDenied, ConnectionLost, UnsupportedServer
from rdspatch.core.failure import OutcomeUnknown

if TYPE_CHECKING:
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.run import Run
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
