"""The patcher on a real PostgreSQL and an AWS in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audit_table import audit_table, simulated_aws
from tests.handlers.function import Function
from tests.patch_directory import PatchDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.authoring.postgres_server import EmbeddedPostgres


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDBClient]:
    with simulated_aws() as client:
        yield client


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
