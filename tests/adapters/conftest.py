"""The audit table of a simulated AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audit_table import audit_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.audit_table import AuditTable


@pytest.fixture
def table(dynamodb: DynamoDBClient) -> Iterator[AuditTable]:
    with audit_table(dynamodb) as made:
        yield made
