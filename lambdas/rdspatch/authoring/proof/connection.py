"""A connection of the proof's own, for what the runner never asks: one text, its rows, or the server's refusal."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pg8000.exceptions import DatabaseError, InterfaceError

from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres.connection import open_connection, response_of, where
from rdspatch.adapters.postgres.waiting import ran_out
from rdspatch.core.errors import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdspatch.core.database_url import DatabaseUrl

LONGEST = timedelta(hours=1)
"""How long one text is waited for. It may hold many statements, and the server itself ends one after 14 minutes."""
SETTINGS = "SET idle_session_timeout = 0; SET lock_timeout = 0; SET statement_timeout = '14min'; SET TimeZone = 'UTC'"


class Refused(Exception):
    """The server refused a statement."""

    def __init__(self, *, message: str, sqlstate: str, names: Mapping[str, str] | None = None) -> None:
        """Say what the server said.

        Args:
            message: Its message.
            sqlstate: Its code.
            names: What the error is about, by the one-letter names of the response's fields: s, t, c, d and n are
                schema, table, column, data type and constraint.
        """
        super().__init__(f"{message} (SQLSTATE {sqlstate})")
        self.message = message
        self.sqlstate = sqlstate
        self.names = names or {}


class Connection:
    """Autocommit, and every text is sent as it is."""

    def __init__(self, driver: Any, *, place: str, longest: timedelta = LONGEST) -> None:
        """Take over a connection of the driver.

        Args:
            driver: The connection.
            place: What messages call the database.
            longest: How long the server is waited for, from the first byte of a text to the last of its answer.
        """
        self._driver = driver
        self._place = place
        self._longest = longest
        driver.autocommit = True

    def execute(self, sql: str) -> list[Any]:
        """Send a text; the rows of its last statement, as text but for numbers and booleans.

        Raises:
            Refused: The server refused it.
            ConnectionLost: The connection broke, or no answer came in time.
        """
        cursor = self._driver.cursor()
        self._driver.waiting.begin(self._longest)
        try:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []
        except DatabaseError as error:
            response = response_of(error)
            raise Refused(
                message=response.get("M", str(error)), sqlstate=response.get("C", ""), names=response
            ) from None
        except (OSError, InterfaceError) as error:
            silent = f"no answer came within {self._longest.total_seconds():g} s" if ran_out(error) else "it broke"
            raise ConnectionLost(
                f"the connection to {self._place} was lost, {silent}; nothing that was asked there is kept, run again"
            ) from error

    def document(self, sql: str) -> Any:
        """Ask for one JSON document. Raises Refused."""
        return json.loads(self.execute(sql)[0][0])

    @contextlib.contextmanager
    def rolled_back(self) -> Iterator[None]:
        """A transaction that leaves nothing behind."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.execute("ROLLBACK")

    def close(self) -> None:
        self._driver.close()


def connect(url: DatabaseUrl, *, longest: timedelta = LONGEST) -> Connection:
    """Open a connection whose every answer is waited for so long.

    Raises:
        DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: See their docstrings.
        ConnectionLost: It broke at once.
    """
    credentials = GivenCredentials(url.user, url.password)
    driver = open_connection(url.settings, credentials, application="rdspatch:proof")
    connection = Connection(driver, place=where(url.settings), longest=longest)
    connection.execute(SETTINGS)
    return connection
