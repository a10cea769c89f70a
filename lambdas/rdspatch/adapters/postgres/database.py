"""The target database: opens sessions for runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy
from sqlalchemy.pool import NullPool

from rdspatch.adapters.postgres.channel import MOST_FOR_OURS, SHORTEST, Channel
from rdspatch.adapters.postgres.connection import CONNECT_TIMEOUT_SECONDS, open_connection
from rdspatch.adapters.postgres.message import Surroundings
from rdspatch.adapters.postgres.session import PostgresSession
from rdspatch.core.session_settings import pinned_later, version_number
from rdspatch.core.sessions import application_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.core.run import Run
    from rdspatch.core.settings import DatabaseSettings
    from rdspatch.ports import Credentials


class PostgresDatabase:
    """The `Database` port over SQLAlchemy and pg8000.

    There is no pool: a session is one connection, opened for one invocation and closed before it ends, since a
    frozen function would keep it, and its run lock, for as long as it sleeps.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        credentials: Credentials,
        *,
        most_for_ours: timedelta = MOST_FOR_OURS,
        left: Callable[[], timedelta] | None = None,
    ) -> None:
        """Nothing is sent yet; see `Channel` for how long answers are waited for."""
        self._settings = settings
        self._credentials = credentials
        self._most_for_ours = most_for_ours
        self._left = left

    def until(self, left: Callable[[], timedelta]) -> PostgresDatabase:
        return PostgresDatabase(self._settings, self._credentials, most_for_ours=self._most_for_ours, left=left)

    def connect(self, run: Run) -> PostgresSession:
        """Open a session whose application name carries the run's id. Raises as the port says."""

        def create() -> Any:
            return open_connection(
                self._settings, self._credentials, application=application_name(run), within=self._within()
            )

        engine = sqlalchemy.create_engine(
            "postgresql+pg8000://",
            creator=create,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        engine.dialect.initialize = _ask_nothing  # type: ignore[assignment]
        channel = Channel(engine.connect(), most_for_ours=self._most_for_ours, left=self._left)
        surroundings = Surroundings(
            owner_role=self._settings.owner_role,
            search_path=self._settings.search_path,
            trusted_roles=self._settings.trusted_roles,
            pinned=pinned_later(version_number(channel.server_version)),
        )
        return PostgresSession(channel, surroundings)

    def _within(self) -> timedelta:
        """How long a login may take."""
        usual = timedelta(seconds=CONNECT_TIMEOUT_SECONDS)
        return usual if self._left is None else max(SHORTEST, min(usual, self._left()))


def _ask_nothing(_connection: sqlalchemy.Connection) -> None:
    """Four round trips less for each session: of what SQLAlchemy asks a server first, we use nothing."""
