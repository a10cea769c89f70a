"""A target in a known state for each trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.proxy import Proxy
from tests.audit_table import audit_table, simulated_aws
from tests.faults.world import ALONE, BASELINE, PATCHES, World, prints
from tests.handlers.function import Function
from tests.patch_directory import PatchDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

TEMPLATE, NAME = "faults_template", "faults"


@pytest.fixture(scope="session")
def patch_files(tmp_path_factory: pytest.TempPathFactory) -> PatchDirectory:
    directory = PatchDirectory(tmp_path_factory.mktemp("faults") / "patches")
    for name, sql in PATCHES.items():
        directory.patch(name, sql, *(["transaction: none"] if name == ALONE else []))
    directory.lock()
    return directory


@pytest.fixture(scope="session")
def prepared(postgres_server: EmbeddedPostgres) -> EmbeddedPostgres:
    """The server, with a database to make each trial's from."""
    postgres_server.create_database(TEMPLATE)
    with postgres_server.connect(TEMPLATE) as connection:
        connection.run(BASELINE)
    return postgres_server


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDBClient]:
    with simulated_aws() as client:
        yield client


@pytest.fixture
def world(
    prepared: EmbeddedPostgres, patch_files: PatchDirectory, dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A database before its first patch, an empty audit, and a proxy in front of the server."""
    fresh(prepared)
    socket = prepared.socket_directory / f".s.PGSQL.{prepared.port}"
    with audit_table(dynamodb) as table, Proxy(socket) as proxy:
        function = Function(server=prepared, database=NAME, patches=patch_files, table=table, monkeypatch=monkeypatch)
        yield World(function=function, proxy=proxy)
    drop(prepared)


def fresh(server: EmbeddedPostgres) -> None:
    drop(server)
    with server.connect() as connection:
        connection.run(f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE}")


def drop(server: EmbeddedPostgres) -> None:
    with server.connect() as connection:
        connection.run(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


@pytest.fixture(scope="session")
def expected(prepared: EmbeddedPostgres) -> dict[str, Any]:
    """What the patches make of the baseline when somebody types them in, without us."""
    name = f"{NAME}_expected"
    with prepared.connect() as connection:
        connection.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    with prepared.connect(name) as connection:
        for sql in PATCHES.values():
            for statement in sql.split("\n"):
                connection.run(statement)
        found = prints(connection.run)
    with prepared.connect() as connection:
        connection.run(f"DROP DATABASE {name}")
    return found
