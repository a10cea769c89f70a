"""A connection of the proof's own, for what the runner never asks: one text, its rows, or the server's refusal."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from pg8000.exceptions import DatabaseError

from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres.connection import open_connection, response_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdspatch.core.database_url import DatabaseUrl

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

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        driver.autocommit = True

    def execute(self, sql: str) -> list[Any]:
        """Send a text; the rows of its last statement, as text but for numbers and booleans. Raises Refused."""
        cursor = self._driver.cursor()
        try:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []
        except DatabaseError as error:
            response = response_of(error)
            raise Refused(
                message=response.get("M", str(error)), sqlstate=response.get("C", ""), names=response
            ) from None

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


def connect(url: DatabaseUrl) -> Connection:
    """Open a connection. Raises DatabaseUnreachable, AccessDenied, InsecureConnection or UnsupportedServer."""
    credentials = GivenCredentials(url.user, url.password)
    connection = Connection(open_connection(url.settings, credentials, application="rdspatch:proof"))
    connection.execute(SETTINGS)
    return connection
