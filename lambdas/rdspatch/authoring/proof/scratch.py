"""Databases that live as long as a proof."""

from __future__ import annotations

import contextlib
import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.adapters.postgres.message import Surroundings
from rdspatch.adapters.postgres.pinned import other_values
from rdspatch.adapters.postgres.quoting import identifier, literal
from rdspatch.authoring.proof.connection import Connection, Refused, connect
from rdspatch.authoring.proof.scratch_roles import TRUSTED_GROUP, ScratchRoles
from rdspatch.core.database_url import DatabaseUrl, parse_database_url
from rdspatch.core.errors import AccessDenied, UnsupportedServer
from rdspatch.core.run import Run
from rdspatch.core.session_settings import pinned_later, trouble_with
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.lock_waits import WaitPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.core.schema import Schema

RUN = Run(id="proof", started_at="1970-01-01T00:00:00Z")
_LONGEST_GOODBYE_SECONDS = 5.0
_VERSIONS_APART = 10_000
_ONLY_A_SUPERUSER = (
    "the scratch server lets no login in but the superuser that was given, which a patch could become by RESET ROLE: "
    f"let the members of {TRUSTED_GROUP} in (pg_hba.conf), or give a login by --scratch that is no superuser"
)


class ScratchServer:
    """A PostgreSQL server on which the login may create databases.

    Patches run there as in production: as a role that owns the schema and is no superuser. Where the login may create
    roles, that role, unless the URL's `owner_role` names one, and a login of its own are made for the proof; elsewhere
    it is the login itself, or the URL's `owner_role`. Every database and role is dropped again; a killed process leaves
    its own behind, and the roles go with the next proof's.
    """

    def __init__(self, url: str) -> None:
        """Connect; the URL's own database is only used to create others from.

        Raises:
            BadSettings: The URL cannot be read.
            DatabaseUnreachable, AccessDenied, InsecureConnection, UnsupportedServer: From connecting.
        """
        self.url = parse_database_url(url)
        self._connection = connect(self.url)
        self._version = int(self._connection.execute("SHOW server_version_num")[0][0])
        self.major = self._version // _VERSIONS_APART
        trouble = trouble_with(dict(self._connection.execute(other_values())))
        if trouble:
            self._connection.close()
            raise UnsupportedServer(f"the scratch server: {trouble.cause}")
        self.roles = ScratchRoles(self._connection)
        try:
            self._way_in = self._made_way_in()
        except BaseException:
            self.close()
            raise

    @property
    def owner(self) -> str | None:
        """Whom patches run as; None for the login."""
        return self._way_in.settings.owner_role

    def close(self) -> None:
        self.roles.close()
        self._connection.close()

    @contextlib.contextmanager
    def database(
        self, template: ScratchDatabase | None = None, *, for_patches: bool = True
    ) -> Iterator[ScratchDatabase]:
        """An empty database, or a copy of another one whose connections are closed; dropped afterwards.

        Its schema is the owner's, unless it is for something else than patches.
        """
        name = f"rdspatch_scratch_{secrets.token_hex(6)}"
        source = "template0" if template is None else template.name
        if template is not None:
            self._wait_until_left(template.name)
        self._connection.execute(f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(source)}")
        try:
            made = ScratchDatabase(_in(self._way_in, name), _in(self.url, name), self._version)
            self._hand_over(made, is_new=template is None and for_patches)
            yield made
        finally:
            self._roll_back_prepared(name)
            self._connection.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")

    def prepared(self, name: str) -> tuple[str, ...]:
        """The transactions that a database's own SQL has prepared: they outlive its sessions, and hold it and roles."""
        query = f"SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = {literal(name)}"  # noqa: S608 - quoted
        return tuple(gid for (gid,) in self._connection.execute(query))

    def _roll_back_prepared(self, name: str) -> None:
        for gid in self.prepared(name):
            connection = connect(_in(self.url, name))
            try:
                connection.execute(f"ROLLBACK PREPARED {literal(gid)}")
            finally:
                connection.close()

    def _made_way_in(self) -> DatabaseUrl:
        if not self.roles.can_create:
            return self.url
        try:
            login = self.roles.make_login(self.url.settings.owner_role)
        except Refused:
            return self.url
        settings = replace(self.url.settings, owner_role=login.owner)
        made = DatabaseUrl(settings=settings, user=login.user, password=login.password)
        try:
            connect(made).close()
        except AccessDenied:  # only the given login is let in; it may still become the owner
            if self.roles.is_superuser:
                raise UnsupportedServer(_ONLY_A_SUPERUSER) from None
            return replace(self.url, settings=settings)
        return made

    def _hand_over(self, database: ScratchDatabase, *, is_new: bool) -> None:
        """Give the owner what `docs/roles.sql` gives it; a copy's schema is its own already."""
        if self.owner is None:
            return
        owner = identifier(self.owner)
        self._connection.execute(f"GRANT CREATE, TEMPORARY ON DATABASE {identifier(database.name)} TO {owner}")
        if is_new:
            with database.connect_as_given() as connection:
                # The proof looks at every catalog; the one that holds passwords of user mappings is a superuser's.
                for sql in (
                    f"ALTER SCHEMA public OWNER TO {owner}",
                    f"GRANT SELECT ON pg_catalog.pg_user_mapping TO {owner}",
                ):
                    with contextlib.suppress(Refused):
                        connection.execute(sql)

    def _wait_until_left(self, name: str) -> None:
        """A session ends a moment after its client has; the server itself would look only every 100 ms."""
        query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = {literal(name)}"  # noqa: S608 - quoted
        deadline = time.monotonic() + _LONGEST_GOODBYE_SECONDS
        while self._connection.execute(query)[0][0] and time.monotonic() < deadline:
            time.sleep(0.002)


@dataclass(frozen=True, slots=True)
class ScratchDatabase:
    """One database of a proof."""

    url: DatabaseUrl
    """As patches come to it."""
    given: DatabaseUrl
    """As the login that was given for the server."""
    version: int
    """The server's `server_version_num`."""

    @property
    def name(self) -> str:
        return self.url.settings.name

    @property
    def as_given(self) -> ScratchDatabase:
        """The same database for the login that was given, which owns what it made there itself."""
        return replace(self, url=self.given)

    @property
    def search_path(self) -> tuple[str, ...]:
        return self.url.settings.search_path

    @property
    def surroundings(self) -> Surroundings:
        """What the runner's messages pin."""
        settings = self.url.settings
        pinned = pinned_later(self.version)
        return Surroundings(owner_role=settings.owner_role, search_path=settings.search_path, pinned=pinned)

    @contextlib.contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection of the proof's own, as the role that patches run as."""
        connection = connect(self.url)
        try:
            if self.url.settings.owner_role is not None:
                connection.execute(f"SET ROLE {identifier(self.url.settings.owner_role)}")
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def connect_as_given(self) -> Iterator[Connection]:
        """A connection as the login that was given: perhaps a superuser, so never for what a patch says."""
        connection = connect(self.given)
        try:
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def runner(self) -> Iterator[Applier]:
        """The runner itself, on this database."""
        clock = SystemClock()
        database = PostgresDatabase(self.url.settings, GivenCredentials(self.url.user, self.url.password))
        applier = Applier(
            database=database,
            clock=clock,
            run=RUN,
            deadline=Deadline(clock),
            policy=ApplyPolicy(waits=WaitPolicy(longest_sleep_here=None)),
            session=database.connect(RUN),
        )
        try:
            yield applier
        finally:
            applier.session.close()

    def read_schema(self) -> Schema:
        with self.runner() as runner:
            return runner.session.read_schema()


def _in(url: DatabaseUrl, name: str) -> DatabaseUrl:
    return replace(url, settings=replace(url.settings, name=name))
