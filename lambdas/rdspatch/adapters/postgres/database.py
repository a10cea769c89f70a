"""The target database: opens sessions for runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy
from sqlalchemy.pool import NullPool

from rdspatch.adapters.postgres.channel import Channel
from rdspatch.adapters.postgres.connection import open_connection
from rdspatch.adapters.postgres.message import Surroundings
from rdspatch.adapters.postgres.session import PostgresSession
from rdspatch.core.session_settings import pinned_later, version_number
from rdspatch.core.sessions import application_name

if TYPE_CHECKING:
    from rdspatch.core.run import Run
    from rdspatch.core.settings import DatabaseSettings
    from rdspatch.ports import Credentials


class PostgresDatabase:
    """The `Database` port over SQLAlchemy and pg8000.

    There is no pool: a session is one connection, opened for one invocation and closed before it ends, since a
    frozen function would keep it, and its run lock, for as long as it sleeps.
    """

    def __init__(self, settings: DatabaseSettings, credentials: Credentials) -> None:
        self._settings = settings
        self._credentials = credentials

    def connect(self, run: Run) -> PostgresSession:
        """Open a session whose application name carries the run's id. Raises as the port says."""

        def create() -> Any:
            return open_connection(self._settings, self._credentials, application=application_name(run))

        engine = sqlalchemy.create_engine(
            "postgresql+pg8000://",
            creator=create,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        engine.dialect.initialize = _ask_nothing  # type: ignore[assignment]
        channel = Channel(engine.connect())
        surroundings = Surroundings(
            owner_role=self._settings.owner_role,
            search_path=self._settings.search_path,
            trusted_roles=self._settings.trusted_roles,
            pinned=pinned_later(version_number(channel.server_version)),
        )
        return PostgresSession(channel, surroundings)


def _ask_nothing(_connection: sqlalchemy.Connection) -> None:
    """Four round trips less for each session: of what SQLAlchemy asks a server first, we use nothing."""
