"""Preflight and plan: look at the database without changing it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rdspatch.core.errors import AccessDenied, ConnectionLost, Problem, UnsupportedServer, VerificationFailed
from rdspatch.core.failure import OutcomeUnknown, SqlFailed
from rdspatch.core.session_settings import trouble_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.run import Run
    from rdspatch.core.schema import Schema
    from rdspatch.core.sessions import ServerFacts
    from rdspatch.ports import Database, Session

OLDEST_SERVER = 140_000


@contextmanager
def reading(database: Database, run: Run) -> Iterator[Session]:
    """A session for questions that change nothing, closed afterwards.

    Raises:
        ConnectionLost: Its connection broke, or an answer did not come in time.
        DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: From connecting.
    """
    session = database.connect(run)
    try:
        yield session
    except OutcomeUnknown as lost:
        raise ConnectionLost(f"{lost} while the database was read; nothing was changed by that, run again") from lost
    finally:
        session.close()


def schema_of(session: Session, schemas: Sequence[str] = ()) -> Schema:
    """What the session's `read_schema` answers.

    Raises:
        VerificationFailed: The server refused the query for it.
        ReadBlocked: A lock was in the way.
    """
    try:
        return session.read_schema(schemas)
    except SqlFailed as failed:
        what = f"cannot be read: {failed.failure.message} (SQLSTATE {failed.failure.sqlstate})"
        raise VerificationFailed([Problem(where="the schema", what=what, instead="run again")]) from failed


def preflight(database: Database, run: Run) -> ServerFacts:
    """Connect and check that the server can be patched; changes nothing.

    Raises:
        UnsupportedServer: Older than PostgreSQL 14, a read-only standby, or set so that patches mean something else.
        AccessDenied: The role may not create the ledger.
        DatabaseUnreachable, InsecureConnection, ConnectionLost, ReadBlocked: It could not be asked.
    """
    with reading(database, run) as session:
        facts = session.server_facts()
    if facts.version < OLDEST_SERVER:
        raise UnsupportedServer(f"the server is version {facts.version}; PostgreSQL 14 or newer is needed")
    if facts.in_recovery:
        raise UnsupportedServer("the server is a read-only standby; use the instance's or the writer endpoint")
    require_settings(facts)
    if not facts.can_create_ledger:
        raise AccessDenied(
            f"role {facts.user} may not create the schema rdspatch: GRANT CREATE ON DATABASE to it; the first run "
            "needs it, later ones do not",
        )
    return facts


def require_settings(facts: ServerFacts) -> None:
    """Raise UnsupportedServer where the session's settings make patches mean something else than in their proof."""
    trouble = trouble_with(facts.other_settings)
    if trouble:
        raise UnsupportedServer(trouble.cause)


def read_ledger(database: Database, run: Run) -> Ledger:
    """What the database says is applied; one round trip.

    Raises:
        LedgerUnusable: The ledger is there in part or in another shape.
        DatabaseUnreachable, AccessDenied, InsecureConnection, ConnectionLost, ReadBlocked: It could not be asked.
    """
    with reading(database, run) as session:
        return session.read_ledger()


def read_live_schema(database: Database, run: Run) -> Schema:
    """What the database holds of everything that patches may change; one round trip.

    Raises:
        VerificationFailed: The server refused the query for the schema.
        DatabaseUnreachable, AccessDenied, InsecureConnection, ConnectionLost, ReadBlocked: It could not be asked.
    """
    with reading(database, run) as session:
        return schema_of(session)
