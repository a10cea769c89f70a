"""A database as on RDS: its first user is no superuser, and `docs/roles.sql` has made the roles."""

from __future__ import annotations

import itertools
import os
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pg8000.native

from rdspatch.authoring.postgres_files import server_binaries, server_rights
from tests.acceptance.target import PASSWORD

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres

SCRIPT: Final = Path(__file__).parents[3] / "docs" / "roles.sql"
MASTER, OWNER, PATCHER, READER, APPLICATION = "master", "meshapp_owner", "rdspatch", "rdspatch_reader", "meshapp"
CAUGHT: Final = "a trap of a stranger caught"
SPRINGS: Final = f"RAISE LOG '{CAUGHT} % %', current_user, session_user;"
"""What a stranger's code does first: the server's log forgets nothing when a transaction is rolled back."""
TABLES: Final = f"""
SET ROLE {MASTER};
CREATE TABLE users (id int PRIMARY KEY, email varchar(99), name text);
INSERT INTO users VALUES (1, 'ada@example.com'), (2, 'bob@example.com');
RESET ROLE;
GRANT CREATE ON SCHEMA public TO {APPLICATION};
"""
BOOTSTRAP: Final = "postgres"
_numbers = itertools.count(1)


def make_roles(server: EmbeddedPostgres) -> None:
    """The roles that are there before the script."""
    with server.connect() as connection:
        connection.run(f"CREATE ROLE {MASTER} LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'")
        connection.run(f"CREATE ROLE {APPLICATION} LOGIN PASSWORD '{PASSWORD}'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """One database of a server."""

    server: EmbeddedPostgres
    database: str

    @classmethod
    def on(cls, server: EmbeddedPostgres) -> Estate:
        """A database in which the application could create so far."""
        made = cls(server=server, database=f"estate_{next(_numbers)}")
        with server.connect() as connection:
            connection.run(f"CREATE DATABASE {made.database} OWNER {MASTER}")
        made.run(f"ALTER SCHEMA public OWNER TO {MASTER}; {TABLES}")
        return made

    def make_roles(self) -> None:
        """Run the script as its head says, as the first user."""
        place = self.server.socket_directory
        words = [f"--host={place}", f"--port={self.server.port}", f"--dbname={self.database}", f"--username={MASTER}"]
        roles = {"owner": OWNER, "patcher": PATCHER, "reader": READER, "application": APPLICATION, "formerly": MASTER}
        words += [f"--set={name}={role}" for name, role in roles.items()]
        psql = str(server_binaries(place, server_rights()) / "psql")
        done = subprocess.run(
            [psql, "--no-psqlrc", "--quiet", *words, f"--file={SCRIPT}"],
            check=False,
            capture_output=True,
            env=os.environ | {"PGPASSWORD": PASSWORD},
            text=True,
        )
        assert done.returncode == 0, done.stderr
        self.run(f"ALTER ROLE {PATCHER} PASSWORD '{PASSWORD}'; ALTER ROLE {READER} PASSWORD '{PASSWORD}'")

    def connect(self, role: str = BOOTSTRAP) -> pg8000.native.Connection:
        socket = f"{self.server.socket_directory}/.s.PGSQL.{self.server.port}"
        return pg8000.native.Connection(role, unix_sock=socket, database=self.database, password=PASSWORD)

    def run(self, sql: str, *, role: str = BOOTSTRAP) -> list[list[object]]:
        with closing(self.connect(role)) as connection:
            rows: list[list[object]] = connection.run(sql)
            return rows

    @property
    def url(self) -> str:
        """The database as the patcher comes to it."""
        return f"{self.server.url(self.database, PATCHER, PASSWORD)}&owner_role={OWNER}"

    def caught(self, since: int) -> list[str]:
        """Whom a stranger's code ran as, of those who may do what the owner may; from a place in the server's log."""
        lines = [line for line in self.server.log[since:].splitlines() if CAUGHT in line and "CONTEXT" not in line]
        return [line for line in lines if {OWNER, PATCHER, MASTER, BOOTSTRAP} & set(line.split())]
