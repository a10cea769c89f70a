"""The patcher's `doctor` as it is invoked: its environment, JSON in, JSON out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from rdspatch.core.doctor.finding import Finding, State, findings_of
from rdspatch.core.errors import BadInput
from rdspatch.handlers import patcher
from tests.audit_table import REGION
from tests.handlers.function import Context

if TYPE_CHECKING:
    from tests.handlers.function import Function

CANARY = "CANARY-31bd"


def examined(**event: Any) -> dict[str, Finding]:
    answer = json.loads(json.dumps(patcher.handler({"action": "doctor", **event}, Context())))
    assert set(answer) == {"function", "findings"}
    assert answer["function"] == "patcher"
    findings = findings_of(answer)
    assert findings
    return {finding.check: finding for finding in findings}


@pytest.fixture
def with_secret(function: Function) -> Function:
    """The patcher, whose password is in Secrets Manager."""
    function.patches.patch("0001_a", "SELECT 1;")
    function.patches.lock()
    text = json.dumps({"username": "postgres", "password": CANARY})
    arn = boto3.client("secretsmanager", region_name=REGION).create_secret(Name=function.database, SecretString=text)
    function.monkeypatch.delenv("RDSPATCH_DATABASE_USER")
    function.setenv(DATABASE_AUTH="secret", DATABASE_SECRET_ARN=arn["ARN"])
    return function


def test_an_event_that_names_no_run_is_examined(with_secret: Function) -> None:
    found = examined()
    wrong = {name: one.what for name, one in found.items() if one.state is State.PROBLEM}
    assert wrong == {}
    assert found["patches"].what == "1 patch, as the lock file says"
    assert found["credentials"].what == "the secret is readable: user postgres"
    assert found["audit writes"].state is State.OK
    assert found["run lock"].state is State.OK
    assert with_secret.table.everything() == ()


def test_no_secret_is_in_the_answer_or_in_the_log(with_secret: Function) -> None:
    assert CANARY not in repr(examined())
    assert '"action":"doctor"' in with_secret.log.getvalue()
    assert CANARY not in with_secret.log.getvalue()


@pytest.mark.parametrize("text", [f'{{"username": "postgres", "passwort": "{CANARY}"}}', CANARY])
def test_a_secret_of_another_shape_is_named_without_what_it_holds(with_secret: Function, text: str) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.put_secret_value(SecretId=with_secret.database, SecretString=text)
    found = examined()
    assert found["credentials"].state is State.PROBLEM
    assert found["login"].what == "waits for credentials"
    assert found["audit table"].state is State.OK
    assert CANARY not in repr(found) + with_secret.log.getvalue()


def test_a_secret_that_is_not_there_stops_only_what_needs_it(with_secret: Function) -> None:
    boto3.client("secretsmanager", region_name=REGION).delete_secret(
        SecretId=with_secret.database, ForceDeleteWithoutRecovery=True
    )
    found = examined()
    assert "ResourceNotFoundException" in found["credentials"].what
    assert found["tcp"].state is State.OK
    assert found["audit table"].state is State.OK


def test_a_token_is_signed_where_iam_is_the_way_in(function: Function) -> None:
    function.patches.lock()
    where = {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": "1", "DATABASE_TLS": "verify-full"}
    function.setenv(DATABASE_AUTH="iam", DATABASE_USER="patcher", **where)
    found = examined()
    assert found["credentials"].what == "an IAM token was signed: user patcher"
    assert "nothing listens there" in found["tcp"].what


def test_patches_that_do_not_fit_their_lock_file_are_one_problem_among_others(function: Function) -> None:
    function.patches.patch("0001_a", "SELECT 1;")
    found = examined()
    assert found["patches"].state is State.PROBLEM
    assert "patches.lock.json" in found["patches"].what
    assert found["login"].state is State.OK


def test_a_run_that_is_given_has_to_be_one(function: Function) -> None:
    function.patches.lock()
    assert examined(run={"id": "me", "started_at": "2026-01-01T00:00:00Z"})["login"].state is State.OK
    with pytest.raises(BadInput, match=r"run\.id"):
        examined(run={"id": "", "started_at": "2026-01-01T00:00:00Z"})


def test_the_other_actions_still_need_a_run(function: Function) -> None:
    function.patches.lock()
    with pytest.raises(BadInput, match="run: is null"):
        patcher.handler({"action": "plan", "request": {}}, Context())


def test_an_invocation_with_little_time_left_skips_what_does_not_fit(function: Function) -> None:
    function.patches.lock()
    answer = patcher.handler({"action": "doctor"}, Context(remaining=1))
    assert len(answer["findings"]) > 20
