"""What AWS may say to an answer, and what becomes of it; the rehearsal asks and answers for real."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from rdspatch.adapters.approvals import Approvals, Waiting
from rdspatch.core.errors import ApprovalExpired, AuditUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

WAITING = Waiting(run_id="run", hazards=("0001_less.sql: destructive",), digest="d1", token="the-token")
NOWHERE: dict[str, Any] = {
    "region_name": "eu-west-1",
    "aws_access_key_id": "testing",
    "aws_secret_access_key": "testing",
    "endpoint_url": "http://127.0.0.1:1",
}


@pytest.fixture
def table() -> Iterator[Stubber]:
    """DynamoDB, which answers what it is told to."""
    with Stubber(boto3.client("dynamodb", **NOWHERE)) as stub:
        yield stub


@pytest.fixture
def workflow() -> Iterator[Stubber]:
    """Step Functions, which answers what it is told to."""
    with Stubber(boto3.client("stepfunctions", **NOWHERE)) as stub:
        yield stub


@pytest.fixture
def approvals(table: Stubber, workflow: Stubber) -> Approvals:
    return Approvals(table.client, workflow.client, table="questions")


def test_the_newest_question_of_exactly_this_run_is_found(approvals: Approvals, table: Stubber) -> None:
    item = {"token": {"S": "the-token"}, "hazards": {"S": '["0001_less.sql: destructive"]'}, "digest": {"S": "d1"}}
    expected = {
        "TableName": "questions",
        "KeyConditionExpression": "run_id = :run",
        "ExpressionAttributeValues": {":run": {"S": "run"}},
        "ScanIndexForward": False,
        "Limit": 1,
        "ConsistentRead": True,
    }
    table.add_response("query", {"Items": [item]}, expected)
    assert approvals.find("run") == WAITING
    table.add_response("query", {"Items": [item | {"note": {"S": " Note: another version."}}]}, expected)
    assert approvals.find("run") == replace(WAITING, note="Note: another version.")


def test_a_run_that_asked_nothing_has_no_question(approvals: Approvals, table: Stubber) -> None:
    table.add_response("query", {"Items": []})
    assert approvals.find("run") is None


def test_a_table_that_may_not_be_read_is_named(approvals: Approvals, table: Stubber) -> None:
    table.add_client_error("query", "AccessDeniedException", "user ada of account 1 may not")
    with pytest.raises(AuditUnavailable) as caught:
        approvals.find("run")
    assert str(caught.value) == "table questions: AccessDeniedException; check name, region and permissions"


def test_the_answer_is_what_the_workflow_selects_from(approvals: Approvals, workflow: Stubber) -> None:
    output = '{"approved": true, "by": "ada", "comment": "fine"}'
    workflow.add_response("send_task_success", {}, {"taskToken": "the-token", "output": output})
    approvals.answer(WAITING, approved=True, by="ada", comment="fine")
    workflow.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_that_is_of_no_use_any_more_means_that_nothing_waits(
    approvals: Approvals, workflow: Stubber, code: str
) -> None:
    workflow.add_client_error("send_task_success", code, "the-token")
    with pytest.raises(ApprovalExpired, match="run run does not wait for an answer any more"):
        approvals.answer(WAITING, approved=True, by="ada", comment="")


def test_an_answer_that_is_not_allowed_is_no_expired_question(approvals: Approvals, workflow: Stubber) -> None:
    """Catches "does not wait any more" for somebody who may not answer: the run waits still."""
    workflow.add_client_error("send_task_success", "AccessDeniedException", "the-token")
    with pytest.raises(AuditUnavailable) as caught:
        approvals.answer(WAITING, approved=True, by="ada", comment="")
    assert str(caught.value) == "Step Functions: AccessDeniedException; check region and permissions"


def test_a_service_that_cannot_be_reached_is_named_without_the_token() -> None:
    impatient = Config(connect_timeout=1, retries={"total_max_attempts": 1})
    clients = [boto3.client(name, config=impatient, **NOWHERE) for name in ("dynamodb", "stepfunctions")]
    approvals = Approvals(*clients, table="questions")
    with pytest.raises(AuditUnavailable, match="table questions: EndpointConnectionError"):
        approvals.find("run")
    with pytest.raises(AuditUnavailable) as caught:
        approvals.answer(WAITING, approved=True, by="ada", comment="")
    assert str(caught.value) == "Step Functions: EndpointConnectionError; check region and credentials"


def test_the_token_is_not_printed_with_the_question() -> None:
    assert "the-token" not in repr(WAITING)
