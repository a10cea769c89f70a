"""One message to the server, and what came of it: rows, a failure that the server named, or an unknown outcome."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pg8000.exceptions
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from rdspatch.adapters.postgres.completed import CompletedStatements
from rdspatch.adapters.postgres.connection import response_of
from rdspatch.adapters.postgres.recording import Recorder
from rdspatch.adapters.postgres.sqlstate import IN_FAILED_TRANSACTION, classify
from rdspatch.adapters.postgres.waiting import ran_out
from rdspatch.core.failure import OutcomeUnknown, SqlFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy

    from rdspatch.adapters.postgres.message import Message
    from rdspatch.adapters.postgres.recording import Returned

_READING = ("client_encoding", "standard_conforming_strings")
"""By these the server reads a text, before any statement in it can put them right."""
MOST_FOR_OURS = timedelta(seconds=45)
"""For what is ours in a message, of which the server cancels a statement after 30 s, and for the way there and back."""
SHORTEST = timedelta(seconds=1)
_UNREADABLE = (ArithmeticError, LookupError, ValueError)
"""From a value among a query's rows that the driver cannot read; the rest of the answer is then lost."""


class Channel:
    """Sends messages over one connection, one at a time."""

    def __init__(
        self,
        connection: sqlalchemy.Connection,
        *,
        most_for_ours: timedelta = MOST_FOR_OURS,
        left: Callable[[], timedelta] | None = None,
    ) -> None:
        """Send over a connection that is open.

        Args:
            connection: The connection.
            most_for_ours: The longest that an answer is waited for, beyond what the server lets the statements of
                somebody else take.
            left: Says how long the caller has at that moment; no answer is waited for any longer.
        """
        self._connection = connection
        self._most_for_ours = most_for_ours
        self._left = left
        self._lost: OutcomeUnknown | None = None
        """Why the connection is gone, where that was seen between two messages."""
        self._driver: Any = connection.connection.driver_connection
        self._completed = CompletedStatements(self._driver)
        self._recorder = Recorder(self._driver)
        self._first = self._reading()

    @property
    def server_version(self) -> str:
        """What the server said of itself at the start of the session."""
        return str(self._driver.parameter_statuses.get("server_version", ""))

    def send(self, message: Message) -> list[Any]:
        """Send a message as it is: no parameters, so the driver leaves `%` and `:` alone.

        Returns:
            The rows that it answers with.

        Raises:
            SqlFailed: The server refused a statement; its transaction is rolled back.
            OutcomeUnknown: The connection broke, the answer did not come in time, or it cannot be read: what was sent
                may have been done.
        """
        if self._lost is not None:
            raise self._lost
        longest = self._wait(message.foreign)
        try:
            self._make_readable()
            self._completed.reset()
            result = self._connection.exec_driver_sql(message.text)
            return list(result.all()) if result.returns_rows else []
        except DBAPIError as error:
            response = response_of(error.orig) if error.orig else {}
            if not response:
                raise _unknown(error.orig, longest) from None
            completed = self._completed.count
            if response.get("C") == IN_FAILED_TRANSACTION and not completed:
                raise OutcomeUnknown("the session is stuck in a failed transaction") from None
            self._roll_back()
            raise SqlFailed(
                classify(
                    response,
                    sent=message.text,
                    skipped=message.skipped,
                    prefix=message.prefix,
                    completed=completed,
                    start=message.start,
                    number=message.number,
                    statements=message.statements,
                ),
            ) from None
        except (OSError, InvalidRequestError, pg8000.exceptions.Error, *_UNREADABLE) as error:
            raise _unknown(error, longest) from None

    def record(self, message: Message) -> tuple[list[Returned], SqlFailed | None]:
        """Send a message; what each of its queries returns, and the failure that ended it, if one did.

        Raises:
            OutcomeUnknown: The connection broke.
        """
        with self._recorder.recording() as results:
            try:
                self.send(message)
            except SqlFailed as failed:
                return results, failed
        return results, None

    def close(self) -> None:
        """Close the connection; never raises."""
        with contextlib.suppress(Exception):
            self._connection.close()

    def _wait(self, foreign: timedelta) -> timedelta:
        """Begin to wait, and say how long."""
        most = self._most_for_ours + foreign
        longest = most if self._left is None else max(SHORTEST, min(most, self._left()))
        self._driver.waiting.begin(longest)
        return longest

    def _make_readable(self) -> None:
        if self._reading() != self._first:
            self._connection.exec_driver_sql("RESET ALL")

    def _reading(self) -> tuple[str | None, ...]:
        reported = self._driver.parameter_statuses
        return tuple(reported.get(name) for name in _READING)

    def _roll_back(self) -> None:
        """Leave the failed transaction; when the connection is gone, the next message will say so."""
        longest = self._wait(timedelta())
        try:
            self._connection.exec_driver_sql("ROLLBACK")
        except DBAPIError as error:
            if not (error.orig and response_of(error.orig)):
                self._lost = _unknown(error.orig, longest)
        except (OSError, InvalidRequestError, pg8000.exceptions.Error) as error:
            self._lost = _unknown(error, longest)


def _unknown(error: BaseException | None, longest: timedelta) -> OutcomeUnknown:
    if ran_out(error):
        return OutcomeUnknown(f"no answer came within {longest.total_seconds():g} s")
    if isinstance(error, _UNREADABLE):
        return OutcomeUnknown(f"an answer cannot be read ({type(error).__name__})")
    return OutcomeUnknown("the connection broke")
