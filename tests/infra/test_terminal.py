"""The state machine that records ends which no state of the run saw; the rehearsal runs it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.state_machine import attempts_for, caught_by, path_from
from tests.infra.test_permissions import actions, resources_for


@pytest.fixture
def terminal(sandbox: Any) -> dict[str, dict[str, Any]]:
    states: dict[str, dict[str, Any]] = sandbox.definition("TerminalRecord")["States"]
    return states


@pytest.fixture
def rule(sandbox: Any) -> dict[str, Any]:
    (found,) = (
        item["Properties"]
        for item in sandbox.of_type("AWS::Events::Rule").values()
        if "aws.states" in item["Properties"].get("EventPattern", {}).get("source", ())
        and item["Properties"]["Targets"][0]["Arn"] == {"Ref": sandbox.machine("TerminalRecord")[0]}
    )
    properties: dict[str, Any] = found
    return properties


def test_it_hears_of_every_bad_end_of_this_workflow_only(sandbox: Any, rule: dict[str, Any]) -> None:
    assert rule["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": [{"Ref": sandbox.machine()[0]}],
            "status": ["ABORTED", "TIMED_OUT", "FAILED"],
        },
    }


def test_what_the_run_was_given_is_not_passed_on(rule: dict[str, Any]) -> None:
    """Catches the whole event as input: it has the input and the output of the run in it."""
    (target,) = rule["Targets"]
    assert set(target["InputTransformer"]["InputPathsMap"].values()) == {
        "$.detail.name",
        "$.detail.executionArn",
        "$.detail.status",
    }
    assert target["DeadLetterConfig"]


def test_it_works_when_no_function_does(terminal: dict[str, Any]) -> None:
    assert "lambda" not in str(terminal)


def test_no_error_escapes_a_task(terminal: dict[str, Any]) -> None:
    for name, state in terminal.items():
        if state["Type"] == "Task":
            assert state["Retry"], name
            assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
            assert state["TimeoutSeconds"] <= 30, name


def test_a_run_that_recorded_its_end_is_left_alone(terminal: dict[str, Any]) -> None:
    none, ended = terminal["HasEnded"]["Choices"]
    assert (none["Variable"], none["NumericEquals"], none["Next"]) == ("$.found.count", 0, "DescribeRun")
    assert (ended["Variable"], ended["StringEquals"]) == ("$.found.items[0].event.S", "run_ended")
    assert terminal[ended["Next"]]["Type"] == "Succeed"


def test_people_hear_at_once_and_the_record_waits_for_functions(sandbox: Any, terminal: dict[str, Any]) -> None:
    """Catches a last record that a function, still at work after an abort, writes its own beside."""
    assert path_from(terminal, "OutcomeAborted") == [
        "OutcomeAborted",
        "PublishOutcome",
        "Notify",
        "WaitForFunctions",
        "FindLastRecord",
        "HasRecords",
    ]
    assert terminal["WaitForFunctions"]["Seconds"] > sandbox.function("patcher")["Timeout"]


def test_its_record_is_the_run_s_own_last_record(terminal: dict[str, Any], states: dict[str, Any]) -> None:
    """Catches two last records of one run: both are put under the same key, on condition."""
    own, other = terminal["RecordOutcome"], states["RecordOutcome"]
    assert own["Parameters"] == other["Parameters"]
    assert attempts_for(own, "DynamoDB.ConditionalCheckFailedException") == 0
    assert caught_by(own, "DynamoDB.ConditionalCheckFailedException") == "Recorded"


def test_a_report_that_fails_does_not_keep_the_record_away(terminal: dict[str, Any]) -> None:
    assert caught_by(terminal["PublishOutcome"], "States.Timeout") == "Notify"
    assert caught_by(terminal["Notify"], "States.Timeout") == "WaitForFunctions"


def test_it_may_do_what_its_states_do(sandbox: Any) -> None:
    _, machine = sandbox.machine("TerminalRecord")
    statements = sandbox.role_of(machine["RoleArn"]["Fn::GetAtt"][0])
    allowed = {action for action in actions(statements) if not action.startswith(("logs:", "xray:"))}
    assert allowed == {
        "dynamodb:PutItem",
        "dynamodb:Query",
        "events:PutEvents",
        "sns:Publish",
        "states:DescribeExecution",
    }
    (table,) = sandbox.of_type("AWS::DynamoDB::Table")
    read = resources_for(sandbox, statements, "dynamodb:Query")
    assert read == {f"{table}.Arn", f"{table}.Arn/index/by-run"}


def test_the_rule_may_start_it_and_nothing_else(sandbox: Any, rule: dict[str, Any]) -> None:
    statements = sandbox.role_of(rule["Targets"][0]["RoleArn"]["Fn::GetAtt"][0])
    assert actions(statements) == {"states:StartExecution"}
    assert resources_for(sandbox, statements, "states:StartExecution") == {sandbox.machine("TerminalRecord")[0]}
