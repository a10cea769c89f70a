"""Fixtures for the engine against a real PostgreSQL."""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import TYPE_CHECKING, Any

import pg8000.exceptions
import pg8000.native
import pytest

from tests.acceptance.proxy import Proxy
from tests.acceptance.target import PASSWORD, Target
from tests.trap import TRAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

_logins = itertools.count(1)


@pytest.fixture(scope="session")
def reused_database(postgres_server: EmbeddedPostgres) -> str:
    """A database for all of these tests, since making one takes longer than most of them."""
    postgres_server.create_database("acceptance")
    return "acceptance"


@pytest.fixture
def database_name(postgres_server: EmbeddedPostgres, reused_database: str) -> str:
    """The name of the reused database, emptied."""
    with postgres_server.connect() as server:
        others = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = :name"
        server.run(others, name=reused_database)
        server.run(f"ALTER DATABASE {reused_database} RESET ALL")
    with postgres_server.connect(reused_database) as database:
        schemas = "SELECT quote_ident(nspname::text) FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'"
        names = ", ".join(name for (name,) in database.run(schemas))
        database.run(f"DROP SCHEMA {names} CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO public")
        database.run(TRAPS)
    return reused_database


@pytest.fixture
def database_url(postgres_server: EmbeddedPostgres, database_name: str) -> str:
    return postgres_server.url(database_name)


@pytest.fixture
def connect(postgres_server: EmbeddedPostgres, database_name: str) -> Iterator[Callable[..., Any]]:
    """Opens further connections to the test's database: `connect("application name", user=…, password=…)`."""
    opened: list[pg8000.native.Connection] = []

    def open_one(application: str = "app", user: str = "postgres", password: str | None = None) -> Any:
        connection = pg8000.native.Connection(
            user,
            unix_sock=f"{postgres_server.socket_directory}/.s.PGSQL.{postgres_server.port}",
            database=database_name,
            password=password,
            application_name=application,
        )
        opened.append(connection)
        return connection

    yield open_one
    for connection in opened:
        with contextlib.suppress(pg8000.exceptions.Error, OSError):
            connection.close()


@pytest.fixture
def target(database_url: str, tmp_path: Path, connect: Callable[..., Any]) -> Target:
    """An empty database and an empty patch directory."""
    directory = tmp_path / "patches"
    directory.mkdir()
    return Target(database_url, directory, connect("the test"))


@pytest.fixture
def table(target: Target) -> Target:
    """The target with a table `t` of 50 rows."""
    target.execute("CREATE TABLE t (id int, a int, b text); INSERT INTO t SELECT n, n, n FROM generate_series(1, 50) n")
    return target


@pytest.fixture
def login(postgres_server: EmbeddedPostgres, target: Target) -> Iterator[str]:
    """A role that may log in with PASSWORD and do nothing in the test's database."""
    name = f"login_{next(_logins)}"
    postgres_server.create_role(name, PASSWORD)
    yield name
    target.execute(f'DROP OWNED BY "{name}"')
    target.execute(f'DROP ROLE "{name}"')


@pytest.fixture
def proxy(postgres_server: EmbeddedPostgres) -> Iterator[Proxy]:
    """A Unix socket in front of the server, which can lose messages."""
    with Proxy(postgres_server.socket_directory / f".s.PGSQL.{postgres_server.port}") as started:
        yield started


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Waits, for at most 15 s, until a condition holds; returns what it returned."""

    def wait(condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 15
        while not (result := condition()):
            assert time.monotonic() < deadline, "the condition did not come true"
            time.sleep(0.01)
        return result

    return wait
