"""What the doctor finds of the audit table, on a DynamoDB in this process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rdspatch.adapters.clock import SystemClock
from rdspatch.core.doctor.finding import Finding, State
from rdspatch.engine.doctor import examine
from rdspatch.handlers.doctor_looks import audit_looks
from tests.audit_table import NAME, REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.ports import Clock
    from tests.audit_table import AuditTable

pytestmark = pytest.mark.slow


class EarlyClock(SystemClock):
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Denying:
    """A client whose role lacks permissions: those calls end as DynamoDB ends them."""

    client: DynamoDBClient
    denied: frozenset[str]

    def __getattr__(self, name: str) -> Any:
        if name in self.denied:
            return self._deny
        return getattr(self.client, name)

    def _deny(self, **_: Any) -> None:
        response: Any = {"Error": {"Code": "AccessDeniedException"}, "ResponseMetadata": {"HTTPHeaders": {}}}
        raise ClientError(response, "?")


def examined(client: Any, clock: Clock | None = None) -> dict[str, Finding]:
    clock = clock or SystemClock()
    looks = audit_looks(lambda: client, table=NAME, target="test", clock=clock)
    return {one.check: one for one in examine(looks, clock=clock, time=timedelta(minutes=1))}


def test_a_table_in_order_is_read_written_and_indexed_without_a_record_more(table: AuditTable) -> None:
    found = examined(table.client)
    assert {name: one.state for name, one in found.items()} == {
        "audit table": State.OK,
        "audit writes": State.OK,
        "audit indexes": State.OK,
        "audit protection": State.WARNING,
        "AWS clock": State.OK,
    }
    assert table.everything() == ()


def test_a_table_that_nothing_protects_is_a_warning_until_it_is(table: AuditTable) -> None:
    client = table.client
    assert "no deletion protection and no point-in-time recovery" in examined(client)["audit protection"].what
    client.update_continuous_backups(
        TableName=NAME, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    assert examined(client)["audit protection"].what == f"{NAME} has no deletion protection"
    client.update_table(TableName=NAME, DeletionProtectionEnabled=True)
    try:
        assert examined(client)["audit protection"].state is State.OK
    finally:
        client.update_table(TableName=NAME, DeletionProtectionEnabled=False)


def test_what_the_role_may_not_describe_is_skipped_and_says_how_to_ask(table: AuditTable) -> None:
    found = examined(Denying(table.client, frozenset({"describe_table"})))
    assert found["audit protection"].state is State.SKIPPED
    assert f"rdspatch doctor --audit-table {NAME}" in found["audit protection"].what


@pytest.mark.parametrize(
    ("denied", "check", "action"),
    [("query", "audit table", "dynamodb:Query"), ("transact_write_items", "audit writes", "dynamodb:PutItem")],
)
def test_a_missing_permission_is_named(table: AuditTable, denied: str, check: str, action: str) -> None:
    found = examined(Denying(table.client, frozenset({denied})))
    assert found[check].state is State.PROBLEM
    assert action in found[check].instead


def test_a_table_that_is_not_there_is_one_problem(dynamodb: DynamoDBClient) -> None:
    found = examined(dynamodb)
    assert (found["audit table"].state, found["audit table"].what) == (State.PROBLEM, f"{NAME} does not exist here")
    assert found["audit writes"].what == "waits for audit table"


def test_an_index_that_is_not_there_is_named(table: AuditTable) -> None:
    table.client.update_table(TableName=NAME, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-patch"}}])
    found = examined(table.client)
    assert found["audit indexes"].state is State.PROBLEM
    assert "the index by-patch" in found["audit indexes"].what


def test_a_clock_that_is_off_is_told_from_awss(table: AuditTable) -> None:
    found = examined(table.client, EarlyClock())["AWS clock"]
    assert found.state is State.PROBLEM
    assert "behind ours" in found.what


def test_an_endpoint_that_does_not_answer_is_told_from_a_table_that_is_not_there() -> None:
    client = boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="x",
        aws_secret_access_key="CANARY-5e",
        config=None,
    )
    client.meta.config.retries = {"total_max_attempts": 1}
    found = examined(client)
    assert found["audit table"].state is State.PROBLEM
    assert found["audit table"].what == "DynamoDB cannot be reached: EndpointConnectionError"
    assert found["AWS clock"].state is State.PROBLEM
    assert "CANARY" not in repr(found)
