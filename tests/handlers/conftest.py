"""The patcher on a real PostgreSQL and an AWS in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audit_table import audit_table
from tests.handlers.function import Function
from tests.handlers.patient import PASSWORD, Patient
from tests.handlers.repairable import prepare, proof
from tests.patch_directory import PatchDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.authoring.postgres_server import EmbeddedPostgres


@pytest.fixture
def function(
    postgres_server: EmbeddedPostgres,
    database_name: str,
    dynamodb: DynamoDBClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Function]:
    with audit_table(dynamodb) as table:
        yield Function(
            server=postgres_server,
            database=database_name,
            patches=PatchDirectory(tmp_path / "patches"),
            table=table,
            monkeypatch=monkeypatch,
        )


@pytest.fixture
def patient(postgres_server: EmbeddedPostgres, database_name: str) -> Iterator[Patient]:
    """A database in order, with a login of its own that the doctor uses."""
    login, owner = f"login_{database_name}", f"owner_{database_name}"
    made = Patient(server=postgres_server, name=database_name, login=login, owner=owner)
    made.spoil(
        f"CREATE ROLE {owner} NOLOGIN",
        f"CREATE ROLE {login} LOGIN PASSWORD '{PASSWORD}'",
        f"GRANT {owner}, pg_read_all_stats TO {login}",
        f"GRANT CREATE ON DATABASE {database_name} TO {login}, {owner}",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {login}",
        f"GRANT USAGE ON SCHEMA public TO {owner}",
    )
    yield made
    made.spoil(f"DROP OWNED BY {login}, {owner} CASCADE", f"DROP ROLE {login}, {owner}")


@pytest.fixture(scope="session")
def lock_file(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the proof says of the patches that repairs are tried on."""
    return proof(postgres_server, tmp_path_factory.mktemp("patches"))


@pytest.fixture
def applied(function: Function, lock_file: str) -> Function:
    """A function whose database has those patches."""
    prepare(function, lock_file)
    return function
