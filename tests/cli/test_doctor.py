"""`rdspatch doctor`: what it prints, and with which exit code."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from rdspatch.cli import doctor as command
from rdspatch.core.doctor.finding import ok, problem, warning
from tests.audit_table import NAME, REGION, audit_table, simulated_aws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import DatabaseShell, Shell

pytestmark = pytest.mark.slow


def states(document: Any) -> dict[str, str]:
    (place,) = document
    return {finding["check"]: finding["state"] for finding in place["findings"]}


def test_a_database_without_problems_ends_with_0(database: DatabaseShell) -> None:
    printed = database.type("doctor", "--database", database.url)
    assert (printed.code, printed.err) == (0, "")
    lines = [line.split() for line in printed.out.splitlines()]
    assert ["ok", "login", "the", "login", "to"] in [line[:5] for line in lines]
    assert ["→", "make", "a", "login"] in [line[:4] for line in lines]


def test_the_json_has_every_finding_and_its_advice(database: DatabaseShell) -> None:
    document = database.type("doctor", "--database", database.url, "--format", "json").json
    assert states(document)["role"] == "warning"
    assert all(set(finding) == {"check", "state", "what", "instead"} for finding in document[0]["findings"])


def test_a_problem_ends_with_3_and_nobody_there_with_4(database: DatabaseShell) -> None:
    wrong = database.type("doctor", "--database", f"{database.url}&owner_role=nobody")
    assert wrong.code == 3
    assert "CREATE ROLE nobody NOLOGIN" in wrong.out
    gone = database.type("doctor", "--database", "postgresql://u:CANARY@localhost:1/x")
    assert gone.code == 4
    assert "skipped  tls, login  waits for tcp" in gone.out
    assert "CANARY" not in gone.out + gone.err


def test_nothing_to_examine_is_bad_input(shell: Shell) -> None:
    printed = shell.type("doctor")
    assert printed.code == 2
    assert "give --database, --function or --audit-table" in printed.err


def test_a_reader_of_no_database_is_bad_input(shell: Shell) -> None:
    printed = shell.type("doctor", "--reader", "--function", "f")
    assert printed.code == 2
    assert "--reader: is given without a database; add --database" in printed.err


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with simulated_aws() as client, audit_table(client):
        yield


@pytest.mark.usefixtures("aws")
def test_a_table_is_examined_with_the_callers_own_credentials(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDSPATCH_DATABASE_URL", "postgresql://u@localhost:1/what-is-set-counts-less")
    printed = shell.type("doctor", "--audit-table", NAME, "--format", "json")
    assert printed.code == 0
    assert states(printed.json)["audit protection"] == "warning"
    assert shell.type("doctor", "--audit-table", "nothing").code == 3


def test_without_a_region_it_says_what_to_set(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    printed = shell.type("doctor", "--audit-table", NAME)
    assert printed.code == 2
    assert "set AWS_DEFAULT_REGION" in printed.err


class Functions:
    """Deployed functions, as far as the service's answers go."""

    def __init__(self) -> None:
        self.client = boto3.client("lambda", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
        self.stubber = Stubber(self.client)
        self.stubber.activate()

    def answer(self, name: str, document: Any, *, error: str | None = None) -> None:
        body = json.dumps(document).encode()
        payload = StreamingBody(io.BytesIO(body), len(body))
        response = {"StatusCode": 200, "Payload": payload} | ({"FunctionError": error} if error else {})
        sent = {"FunctionName": name, "Payload": '{"action": "doctor"}'}
        self.stubber.add_response("invoke", response, sent)


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    made = Functions()
    monkeypatch.setattr(command, "lambda_client", lambda: made.client)
    yield made
    made.stubber.assert_no_pending_responses()


def answer(*findings: Any) -> dict[str, Any]:
    return {"function": "patcher", "findings": [finding.to_json() for finding in findings]}


def test_functions_are_invoked_and_their_findings_printed(shell: Shell, functions: Functions) -> None:
    functions.answer("patcher", answer(ok("tcp", "fine"), warning("role", "strong", "weaken it")))
    functions.answer("health", answer(problem("answer", "status is 'down'", "look at it")))
    printed = shell.type("doctor", "--function", "patcher", "--function", "health")
    assert printed.code == 3
    lines = [line.split() for line in printed.out.splitlines()]
    assert lines[0] == ["function", "patcher"]
    assert ["warning", "role", "strong"] in lines
    assert ["problem", "answer", "status", "is", "'down'"] in lines


def test_a_function_whose_environment_is_wrong_says_what(shell: Shell, functions: Functions) -> None:
    failure = {"errorType": "BadSettings", "errorMessage": "1 problem in the settings:\n  RDSPATCH_TARGET: is missing"}
    functions.answer("patcher", failure, error="Unhandled")
    printed = shell.type("doctor", "--function", "patcher")
    assert printed.code == 3
    assert "RDSPATCH_TARGET: is missing" in printed.out


def test_what_a_foreign_error_says_is_left_to_the_functions_log(shell: Shell, functions: Functions) -> None:
    functions.answer("patcher", {"errorType": "KeyError", "errorMessage": "CANARY"}, error="Unhandled")
    printed = shell.type("doctor", "--function", "patcher")
    assert printed.code == 3
    assert "ended with KeyError" in printed.out
    assert "CANARY" not in printed.out


def test_a_function_that_is_none_of_ours_is_told_apart(shell: Shell, functions: Functions) -> None:
    functions.answer("other", {"statusCode": 200})
    printed = shell.type("doctor", "--function", "other")
    assert printed.code == 3
    assert "other does not know the doctor" in printed.out


def test_a_function_that_cannot_be_invoked_ends_with_4(shell: Shell, functions: Functions) -> None:
    functions.stubber.add_client_error("invoke", "ResourceNotFoundException")
    printed = shell.type("doctor", "--function", "gone", "--format", "json")
    assert printed.code == 4
    assert states(printed.json) == {"function": "problem"}
