"""One run at a time: a session that holds the run lock."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from rdspatch.core.errors import AnotherRunActive, ConnectionLost, DatabaseUnreachable
from rdspatch.core.failure import OutcomeUnknown, SqlFailed

if TYPE_CHECKING:
    from datetime import timedelta

    from rdspatch.core.run import Run
    from rdspatch.core.sessions import Holder
    from rdspatch.ports import Clock, Database, Session

POLL_SECONDS = 0.25


def open_locked_session(
    database: Database, run: Run, clock: Clock, *, patience: timedelta, so_far: str = "nothing was changed in this call"
) -> Session:
    """Connect and take the run lock on that very connection.

    The lock is polled without a transaction open: a session that waits inside PostgreSQL holds a snapshot, and
    CREATE INDEX CONCURRENTLY in the run that holds the lock would wait for it in turn.

    Args:
        database: The target.
        run: Who asks; other sessions see its id.
        clock: For the pauses.
        patience: How long to poll before giving up.
        so_far: What the messages say of what was done until now.

    Raises:
        AnotherRunActive: The lock was held all the time; names the holder.
        ConnectionLost: The connection broke while polling.
        DatabaseUnreachable: From connecting; or the server refused the question for the lock.
        AccessDenied, InsecureConnection, UnsupportedServer: From connecting.
    """
    session = database.connect(run)
    with ExitStack() as unless_locked:
        unless_locked.callback(session.close)
        try:
            holder = _poll(session, clock, patience)
        except OutcomeUnknown as lost:
            raise ConnectionLost(f"{lost} while taking the run lock; {so_far}") from lost
        except SqlFailed as refused:
            why = f"{refused.failure.message} (SQLSTATE {refused.failure.sqlstate})"
            raise DatabaseUnreachable(f"the server did not give the run lock: {why}; {so_far}") from refused
        if holder is not None:
            raise AnotherRunActive(
                f"another run holds the lock of this database: {holder}; {so_far}. "
                "It ends by itself when that run ends or its process dies",
                holder=holder,
            )
        unless_locked.pop_all()
    return session


def _poll(session: Session, clock: Clock, patience: timedelta) -> Holder | None:
    started = clock.monotonic()
    while (holder := session.try_run_lock()) is not None:
        if clock.monotonic() - started >= patience.total_seconds():
            return holder
        clock.sleep(POLL_SECONDS)
    return None
