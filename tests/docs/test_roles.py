"""docs/roles.sql on a real server: what its roles can do, and what they cannot."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pg8000.exceptions
import pg8000.native
import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.authoring.postgres_files import server_binaries, server_rights
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.doctor.finding import State
from rdspatch.core.errors import AccessDenied
from rdspatch.engine.doctor import examine
from rdspatch.engine.inspect import preflight
from rdspatch.handlers.doctor_looks import database_looks
from tests.acceptance.target import PASSWORD, Target, new_run, open_target
from tests.servers import embedded_and, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

SCRIPT = Path(__file__).parents[2] / "docs" / "roles.sql"
PATCH = """
ALTER TABLE users ADD COLUMN IF NOT EXISTS name text;
CREATE TABLE IF NOT EXISTS jobs (id bigserial PRIMARY KEY);
"""
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database with an application in it, and the names of its roles."""

    server: EmbeddedPostgres
    database: str
    roles: dict[str, str]
    administrator: str

    def prepare(self) -> str:
        """Run the script as its head says, as the first user of an RDS instance, no superuser; what it warned."""
        variables = [f"--set={name}={role}" for name, role in self.roles.items()]
        where = [f"--host={self.server.socket_directory}", f"--port={self.server.port}", f"--dbname={self.database}"]
        psql = str(server_binaries(self.server.socket_directory, server_rights()) / "psql")
        done = subprocess.run(
            [
                psql,
                "--no-psqlrc",
                "--quiet",
                f"--username={self.administrator}",
                *where,
                *variables,
                f"--file={SCRIPT}",
            ],
            check=False,
            capture_output=True,
            env=os.environ | {"PGPASSWORD": PASSWORD},
            text=True,
        )
        assert done.returncode == 0, done.stderr
        for role in ("patcher", "reader"):
            self.run(f"ALTER ROLE {self.roles[role]} PASSWORD '{PASSWORD}'")
        return done.stderr

    def run(self, sql: str, *, role: str | None = None) -> list[list[object]]:
        """Run one statement as the superuser, or after a login as one of the roles."""
        socket = f"{self.server.socket_directory}/.s.PGSQL.{self.server.port}"
        user = self.roles[role] if role else "postgres"
        connection = pg8000.native.Connection(user, unix_sock=socket, database=self.database, password=PASSWORD)
        try:
            rows: list[list[object]] = connection.run(sql)
            return rows
        finally:
            connection.close()

    def url(self, role: str) -> str:
        """The database for one of the roles."""
        base = self.server.url(self.database, self.roles[role], PASSWORD)
        return f"{base}&owner_role={self.roles['owner']}" if role == "patcher" else base


@pytest.fixture(scope="module", params=embedded_and(14, 16))
def server(request: pytest.FixtureRequest, postgres_server: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """The newest PostgreSQL, one where everybody may create in `public`, and one where a membership has options."""
    with server_of(request.param, postgres_server) as started:
        yield started


@pytest.fixture
def place(server: EmbeddedPostgres) -> Iterator[Place]:
    database = f"roles_{next(_numbers)}"
    server.create_database(database)
    with a_place(server, database) as made:
        made.prepare()
        yield made
    server.drop_database(database)


@contextlib.contextmanager
def a_place(server: EmbeddedPostgres, database_name: str) -> Iterator[Place]:
    """Before the script has run."""
    number = next(_numbers)
    names = ("owner", "patcher", "reader", "application", "formerly")
    made = Place(
        server=server,
        database=database_name,
        roles={name: f"{name}_{number}" for name in names},
        administrator=f"administrator_{number}",
    )
    made.run(f"CREATE ROLE {made.administrator} LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
    made.run(f"ALTER DATABASE {database_name} OWNER TO {made.administrator}")
    made.run(f"CREATE ROLE {made.roles['application']} LOGIN PASSWORD '{PASSWORD}'")
    made.run(f"CREATE ROLE {made.roles['formerly']}")
    made.run(f"GRANT {made.roles['formerly']} TO {made.administrator}")
    made.run("CREATE TABLE users (id bigint PRIMARY KEY)")
    made.run(f"ALTER TABLE users OWNER TO {made.roles['formerly']}")
    made.run(f"ALTER SCHEMA public OWNER TO {made.administrator}")
    made.run(f"SET ROLE {made.administrator}; GRANT CREATE ON SCHEMA public TO PUBLIC, {made.roles['formerly']}")
    yield made
    made.run(f"ALTER DATABASE {database_name} OWNER TO postgres")
    everybody = [*made.roles.values(), made.administrator]
    for role in everybody:
        made.run(f"DROP OWNED BY {role} CASCADE")
    for role in everybody:
        made.run(f"DROP ROLE {role}")


@pytest.fixture
def target(place: Place, tmp_path: Path) -> Iterator[Target]:
    """What the patcher sees, with one patch."""
    directory = tmp_path / "patches"
    directory.mkdir()
    socket = f"{place.server.socket_directory}/.s.PGSQL.{place.server.port}"
    own = pg8000.native.Connection("postgres", unix_sock=socket, database=place.database)
    made = Target(place.server.url(place.database), directory, own)
    made.patch("0001_name", PATCH)
    yield made
    own.close()


def test_the_patcher_can_patch_and_the_owner_owns_what_comes_of_it(place: Place, target: Target) -> None:
    database = open_target(place.url("patcher"))
    assert preflight(database, new_run()).user == place.roles["owner"]
    target.apply_once(database=database)
    owners = "SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname IN ('public', 'rdspatch')"
    assert place.run(owners) == [[place.roles["owner"]]]


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM users", "CREATE TABLE mine (id int)", "CREATE SCHEMA mine", "CREATE ROLE mine", "DROP TABLE users"],
)
@pytest.mark.parametrize("role", ["patcher", "reader"])
def test_a_login_can_do_nothing_as_itself(place: Place, role: str, statement: str) -> None:
    with pytest.raises(pg8000.exceptions.DatabaseError, match=r"42501|must be owner"):
        place.run(statement, role=role)


OF_EVERY_KIND = """
CREATE SCHEMA "Other One" AUTHORIZATION {formerly};
CREATE SCHEMA shared; GRANT CREATE, USAGE ON SCHEMA shared, public TO {formerly};
GRANT CREATE, USAGE ON SCHEMA shared TO {administrator} WITH GRANT OPTION;
CREATE EXTENSION citext;
SET ROLE {formerly};
CREATE TABLE serial_one (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, t text);
CREATE TABLE "Other One".parted (id int) PARTITION BY LIST (id);
CREATE TABLE shared.part PARTITION OF "Other One".parted FOR VALUES IN (1);
CREATE VIEW seen AS SELECT 1; CREATE MATERIALIZED VIEW shared.kept AS SELECT 1 AS a;
CREATE SEQUENCE loose; CREATE STATISTICS stats ON id, t FROM serial_one;
CREATE TYPE mood AS ENUM ('a'); CREATE TYPE pair AS (a int); CREATE TYPE span AS RANGE (subtype = float8);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FUNCTION f(a int, b text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION eq(mood, mood) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE agg(int) (SFUNC = int4pl, STYPE = int);
CREATE OPERATOR === (LEFTARG = mood, RIGHTARG = mood, FUNCTION = eq);
CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple); CREATE TEXT SEARCH CONFIGURATION conf (COPY = simple);
CREATE COLLATION coll (LOCALE = 'C'); CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
"""
OWNED = """SELECT pg_describe_object(classid, objid, 0) FROM pg_shdepend
WHERE refobjid = '{role}'::regrole AND deptype = 'o' AND classid <> 'pg_database'::regclass
AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))"""


@pytest.mark.parametrize(
    "major", [pytest.param(number, marks=pytest.mark.slow) for number in (14, 15, 16, 17)] + [None]
)
def test_formerly_gives_everything_in_this_database_and_nothing_of_another(
    postgres_server: EmbeddedPostgres, major: int | None
) -> None:
    with contextlib.ExitStack() as started:
        server = started.enter_context(server_of(major, postgres_server))
        database = f"given_{next(_numbers)}"
        for name in (database, f"{database}_other"):
            server.create_database(name)
            started.callback(server.drop_database, name)
        place = started.enter_context(a_place(server, database))
        formerly = place.roles["formerly"]
        place.run(f"ALTER DATABASE {database}_other OWNER TO {formerly}")
        place.run(OF_EVERY_KIND.format_map({**place.roles, "administrator": place.administrator}))
        assert len(place.run(OWNED.format(role=formerly))) > 20
        place.prepare()
        left = [["type span_multirange"]] if major in (14, 15, 16) else []
        assert place.run(OWNED.format(role=formerly)) == left
        owners = "SELECT datdba::regrole::text FROM pg_database WHERE datname = "
        assert place.run(f"{owners}'{database}_other'") == [[formerly]]
        place.run(f"ALTER DATABASE {database}_other OWNER TO postgres")


def test_nobody_but_the_owner_may_create_in_the_schema(place: Place) -> None:
    granted = "SELECT grantee::regrole::text FROM pg_namespace, aclexplode(nspacl) "
    granted += "WHERE nspname = 'public' AND privilege_type = 'CREATE' AND grantee <> nspowner"
    assert place.run(granted) == [[place.roles["owner"]]]


def test_what_the_script_cannot_take_away_it_says(place: Place) -> None:
    assert "may still create" not in place.prepare()
    place.run("ALTER SCHEMA public OWNER TO postgres; GRANT CREATE ON SCHEMA public TO PUBLIC")
    warned = place.prepare()
    assert "These roles may still create in the schema public : PUBLIC\n" in warned
    assert "Revoke it as the role that granted it" in warned


def test_tables_of_others_do_not_stop_it_and_are_named(place: Place) -> None:
    """Catches GRANT … ON ALL TABLES, which fails for one that the first user may not grant on."""
    other = f"{place.database}_other"
    place.run(f"CREATE ROLE {other}; CREATE TABLE theirs (id serial); ALTER TABLE theirs OWNER TO {other}")
    place.run(f"CREATE SCHEMA rdspatch AUTHORIZATION {other}; CREATE TABLE rdspatch.ledger ()")
    warned = place.prepare()
    assert f"patches cannot change them: public.theirs ({other}), public.theirs_id_seq ({other})" in warned
    place.run(f"DROP SCHEMA rdspatch CASCADE; DROP OWNED BY {other}; DROP ROLE {other}")
    assert "patches cannot change them" not in place.prepare()


def test_nobody_can_log_in_as_the_owner(place: Place) -> None:
    place.run(f"ALTER ROLE {place.roles['owner']} PASSWORD '{PASSWORD}'")
    with pytest.raises(pg8000.exceptions.Error):  # the server hangs up; what it said may come too late
        place.run("SELECT 1", role="owner")
    assert place.run(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{place.roles['owner']}'") == [[False]]


def test_the_reader_sees_what_drift_is_found_by_and_nothing_else(place: Place, target: Target) -> None:
    target.apply_once(database=open_target(place.url("patcher")))
    place.prepare()
    session = open_target(place.url("reader")).connect(new_run())
    try:
        assert [row.patch_id for row in session.read_ledger().applied] == ["0001_name"]
        assert {str(name) for name in session.read_schema(("public",)).objects} >= {"table public.users"}
    finally:
        session.close()
    with pytest.raises(pg8000.exceptions.DatabaseError, match="42501"):
        place.run("SELECT * FROM rdspatch.progress; SELECT * FROM users", role="reader")


def test_the_doctor_finds_every_login_in_order(place: Place, target: Target) -> None:
    target.apply_once(database=open_target(place.url("patcher")))
    place.prepare()
    assert wrong(place, "patcher") == {}
    assert wrong(place, "reader", is_reader=True) == {}


@pytest.mark.parametrize(
    ("spoiled", "check", "words"),
    [
        (
            "REVOKE SELECT ON rdspatch.ledger FROM {reader}",
            "ledger",
            "may not read rdspatch.ledger; run docs/roles.sql",
        ),
        ("REVOKE USAGE ON SCHEMA rdspatch FROM {reader}", "ledger", "may not read rdspatch.ledger; run docs/roles.sql"),
        ("REVOKE USAGE ON SCHEMA public FROM {reader}, PUBLIC", "schemas", "lacks USAGE on the schema public: a def"),
        ("REVOKE TEMPORARY ON DATABASE {database} FROM {reader}, PUBLIC", "schemas", "lacks TEMPORARY on the database"),
        ("GRANT UPDATE ON users TO {reader}", "reader", "may write to public.users; make a login"),
    ],
)
def test_the_doctor_says_what_a_reader_lacks_or_has_too_much(
    place: Place, target: Target, spoiled: str, check: str, words: str
) -> None:
    target.apply_once(database=open_target(place.url("patcher")))
    place.prepare()
    place.run(spoiled.format_map({**place.roles, "database": place.database}))
    found = wrong(place, "reader", is_reader=True)
    assert list(found) == [check]
    assert words in found[check]


def wrong(place: Place, role: str, *, is_reader: bool = False) -> dict[str, str]:
    """What the doctor says of one login, but of the age and the settings of the tests' server."""
    parsed = parse_database_url(place.url(role))
    database, clock = open_target(place.url(role)), SystemClock()
    looks = database_looks(parsed.settings, database, clock=clock, run=new_run(), is_reader=is_reader)
    found = examine(looks, clock=clock, time=timedelta(minutes=1))
    of_the_tests = {"autovacuum", "version", "sessions"}
    return {
        one.check: f"{one.what}; {one.instead}"
        for one in found
        if one.state is not State.OK and one.check not in of_the_tests
    }


def test_the_reader_cannot_become_the_owner(place: Place) -> None:
    with pytest.raises(AccessDenied):
        preflight(open_target(f"{place.url('reader')}&owner_role={place.roles['owner']}"), new_run())


def test_the_application_can_use_what_a_patch_creates(place: Place, target: Target) -> None:
    target.apply_once(database=open_target(place.url("patcher")))
    place.run("INSERT INTO users (id, name) VALUES (1, 'Ada')", role="application")
    place.run("INSERT INTO jobs DEFAULT VALUES", role="application")
    with pytest.raises(pg8000.exceptions.DatabaseError, match="42501"):
        place.run("ALTER TABLE jobs ADD COLUMN sneaky int", role="application")
    with pytest.raises(pg8000.exceptions.DatabaseError, match="42501"):
        place.run("SELECT * FROM rdspatch.ledger", role="application")
