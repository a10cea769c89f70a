"""A real PostgreSQL for the tests, one server a pytest process, one database a test; and an AWS in this process."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.postgres_server import EmbeddedPostgres
from tests.audit_table import simulated_aws
from tests.trap import sprung, trapped

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

pytest_plugins = ("tests.faults.plugin",)

_numbers = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """I10: no code of a role other than owner, login or catalog runs in a run's session, whatever a test does."""
    try:
        yield
    finally:
        told = sprung()
    assert not told, f"I10: {told}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres() as server:
        yield trapped(server)


@pytest.fixture
def database_name(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The name of a fresh, empty database, dropped after the test."""
    name = f"test_{next(_numbers)}"
    postgres_server.create_database(name)
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def database_url(postgres_server: EmbeddedPostgres, database_name: str) -> str:
    """The URL of a fresh, empty database, as superuser."""
    return postgres_server.url(database_name)


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDBClient]:
    with simulated_aws() as client:
        yield client
