"""docs/roles.sql on a real server: what its roles can do, and what they cannot."""

from __future__ import annotations

import itertools
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pg8000.exceptions
import pg8000.native
import pytest

from rdspatch.authoring.postgres_files import server_binaries, server_rights
from rdspatch.core.errors import AccessDenied
from rdspatch.engine.inspect import preflight
from tests.acceptance.target import PASSWORD, Target, new_run, open_target

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

    def prepare(self) -> None:
        """Run the script as its head says: as the first user of an RDS instance, who is no superuser."""
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


@pytest.fixture
def place(postgres_server: EmbeddedPostgres, database_name: str) -> Iterator[Place]:
    number = next(_numbers)
    names = ("owner", "patcher", "reader", "application", "formerly")
    made = Place(
        server=postgres_server,
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
    made.run(f"GRANT CREATE ON SCHEMA public TO PUBLIC, {made.roles['formerly']}")
    made.prepare()
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


def test_nobody_but_the_owner_may_create_in_the_schema(place: Place) -> None:
    granted = "SELECT grantee::regrole::text FROM pg_namespace, aclexplode(nspacl) "
    granted += "WHERE nspname = 'public' AND privilege_type = 'CREATE' AND grantee <> nspowner"
    assert place.run(granted) == [[place.roles["owner"]]]


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
