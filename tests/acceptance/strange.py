"""A stranger, and a trap that says whether anybody else has run the stranger's code."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pg8000.native

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.plan import OutOfOrder
from rdspatch.core.work import Status, Work
from rdspatch.engine.applier import Applier, ApplyPolicy
from rdspatch.engine.apply import apply
from rdspatch.engine.deadline import Deadline
from rdspatch.engine.doctor import examine
from rdspatch.handlers.doctor_looks import database_looks
from tests.acceptance.target import PASSWORD, new_run, open_target
from tests.samples import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.core.doctor.finding import Finding
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.outcome import ApplyReport

OWNER, PATCHER, STRANGER = "strange_owner", "strange_patcher", "strange_mallory"
_TRAP = """
CREATE SCHEMA trap AUTHORIZATION strange_mallory;
SET ROLE strange_mallory;
CREATE TABLE trap.sprung (who text, at timestamptz);
CREATE SEQUENCE trap.count;
GRANT USAGE ON SCHEMA trap TO PUBLIC;
GRANT INSERT ON trap.sprung TO PUBLIC;
GRANT USAGE ON SEQUENCE trap.count TO PUBLIC;
CREATE FUNCTION trap.note() RETURNS boolean LANGUAGE plpgsql AS
    'BEGIN
        IF current_user <> ''strange_mallory'' THEN
            PERFORM nextval(''trap.count'');  -- stays when the transaction is rolled back
            INSERT INTO trap.sprung VALUES (current_user, clock_timestamp());
        END IF;
        RETURN true;
    END';
CREATE FUNCTION trap.fires() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM trap.note(); RETURN NEW; END';
CREATE FUNCTION trap.defining() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN PERFORM trap.note(); RETURN NEW; END';
CREATE FUNCTION trap.fires_on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM trap.note(); END';
CREATE FUNCTION trap.told(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM trap.note(); RETURN $1; END';
CREATE FUNCTION trap.same(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN PERFORM trap.note(); RETURN $1 = $2; END';
CREATE OPERATOR trap.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.same);
RESET ROLE;
"""


@dataclass(frozen=True, slots=True)
class StrangePlace:
    """A database whose owner is no superuser, and a role that cannot become it."""

    server: EmbeddedPostgres
    name: str

    @property
    def url(self) -> str:
        """As the patcher, who becomes the owner."""
        base = self.server.url(self.name).replace("postgres@", f"{PATCHER}:{PASSWORD.replace(' ', '%20')}@")
        return f"{base}&owner_role={OWNER}"

    @property
    def url_of_superuser(self) -> str:
        return self.server.url(self.name)

    def run(self, sql: str, *, role: str = "") -> list[Any]:
        """As the superuser, or as a role that is taken on first."""
        with closing(
            pg8000.native.Connection(
                "postgres",
                unix_sock=f"{self.server.socket_directory}/.s.PGSQL.{self.server.port}",
                database=self.name,
            )
        ) as connection:
            if role:
                connection.run(f"SET ROLE {role}")
            return list(connection.run(sql) or ())

    def sprung(self) -> Sequence[str]:
        """Who else but the stranger has run the stranger's code; somebody, where it was rolled back."""
        rows = self.run("SELECT who FROM trap.sprung")
        [[happened]] = self.run("SELECT is_called FROM trap.count")
        return [who for (who,) in rows] or (["somebody"] if happened else [])


def strange_places(server: EmbeddedPostgres) -> Iterator[StrangePlace]:
    """The roles on a started server, then a place; everything is dropped afterwards. Call `fresh` for each test."""
    with server.connect() as connection:
        connection.run(
            f"CREATE ROLE {OWNER}; CREATE ROLE {STRANGER} LOGIN PASSWORD '{PASSWORD}'; "
            f"CREATE ROLE {PATCHER} LOGIN NOINHERIT PASSWORD '{PASSWORD}' IN ROLE {OWNER}"
        )
    yield StrangePlace(server, "strange")
    with server.connect() as connection:
        connection.run(f"DROP ROLE {PATCHER}, {OWNER}, {STRANGER}")


def fresh(place: StrangePlace) -> Iterator[StrangePlace]:
    """The place with an empty database in which the trap is set."""
    place.server.create_database(place.name)
    place.run(
        f"GRANT CREATE, TEMPORARY ON DATABASE {place.name} TO {OWNER}, {STRANGER}; "
        f"REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC; "
        f"GRANT CREATE ON SCHEMA public TO {OWNER}; {_TRAP}"
    )
    yield place
    place.server.drop_database(place.name)


def examined(place: StrangePlace, url: str | None = None) -> dict[str, Finding]:
    """What the doctor says of the database, as the patcher."""
    parsed = parse_database_url(url or place.url)
    credentials = GivenCredentials(parsed.user, parsed.password)
    database, clock = PostgresDatabase(parsed.settings, credentials), SystemClock()
    looks = database_looks(parsed.settings, database, clock=clock, run=RUN)
    return {finding.check: finding for finding in examine(looks, clock=clock, time=timedelta(minutes=1))}


def applied(place: StrangePlace, patches: tuple[LockedPatch, ...], *, url: str | None = None) -> ApplyReport:
    """One run, as the patcher."""
    clock = SystemClock()
    applier = Applier.open(
        database=open_target(url or place.url),
        clock=clock,
        run=new_run(),
        deadline=Deadline(clock),
        policy=ApplyPolicy(),
    )
    with closing(applier):
        return apply(
            patches,
            applier=applier,
            ledger=applier.read_or_create_ledger(),
            out_of_order=OutOfOrder.REFUSED,
            before=Work(status=Status.CONTINUE),
        )
