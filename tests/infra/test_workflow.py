"""The shape of the state machine; the rehearsal runs it."""

from __future__ import annotations

import re
from typing import Any

import pytest

PATCHER = {"Preflight": 120, "Plan": 120, "Drift": 120, "Apply": 900, "Repair": 900, "Verify": 900}
RECORDS = ("RecordStarted", "RecordHealth", "RecordOutcome")
OUTCOME = {"result", "error", "message", "applied", "pending"}


def tasks(states: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: state for name, state in states.items() if state["Type"] == "Task"}


def attempts_for(state: dict[str, Any], error: str) -> int:
    """How often an error is tried again: the first retrier that matches decides."""
    for retrier in state["Retry"]:
        if error in retrier["ErrorEquals"] or "States.ALL" in retrier["ErrorEquals"]:
            return int(retrier["MaxAttempts"])
    return 0


def caught_by(state: dict[str, Any], error: str) -> str:
    for catcher in state["Catch"]:
        if error in catcher["ErrorEquals"] or "States.ALL" in catcher["ErrorEquals"]:
            return str(catcher["Next"])
    raise AssertionError(f"{error} is not caught")


def path_from(states: dict[str, Any], name: str) -> list[str]:
    """The states that follow `name` until a choice or an end."""
    names = [name]
    while "Next" in states[names[-1]]:
        names.append(states[names[-1]]["Next"])
    return names


def test_every_task_has_retry_catch_and_timeout(states: dict[str, Any]) -> None:
    for name, state in tasks(states).items():
        assert state["Retry"], name
        assert state["Catch"], name
        assert 0 < state["TimeoutSeconds"] <= 900, name


def test_no_error_escapes_a_task(states: dict[str, Any]) -> None:
    for name, state in tasks(states).items():
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name


def test_every_state_says_what_it_is_for(states: dict[str, Any]) -> None:
    for name, state in states.items():
        assert state.get("Comment"), name
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name)


def test_timeouts_are_ordered(sandbox: Any, states: dict[str, Any]) -> None:
    """Catches a function that works on after its task has been given up."""
    for name, seconds in PATCHER.items():
        assert states[name]["TimeoutSeconds"] == seconds <= sandbox.function("patcher")["Timeout"]
    assert states["CheckHealth"]["TimeoutSeconds"] <= sandbox.function("health")["Timeout"]
    assert sandbox.definition()["TimeoutSeconds"] > 4 * 900


def test_what_writes_has_the_function_s_whole_time(sandbox: Any, states: dict[str, Any]) -> None:
    """Catches a second Apply that starts while the first one still runs."""
    for name in ("Apply", "Repair", "Verify"):
        assert states[name]["TimeoutSeconds"] == sandbox.function("patcher")["Timeout"]


def test_the_workflow_is_standard_traced_and_logs_no_data(sandbox: Any) -> None:
    machine = sandbox.machine()[1]
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert sandbox.definition().get("QueryLanguage", "JSONPath") == "JSONPath"


def test_the_input_is_replaced_before_anything_reads_it(states: dict[str, Any]) -> None:
    """Catches input such as `[]` or `{"failure": …}` that later states would trip over."""
    assert "ResultPath" not in states["Begin"]
    assert "$$.Execution.Input" not in str(states["Begin"])
    users = [name for name, state in states.items() if "$$.Execution.Input" in str(state)]
    assert users == ["Preflight"]


def test_nothing_is_touched_before_the_start_is_recorded(states: dict[str, Any]) -> None:
    assert path_from(states, "Begin") == ["Begin", "RecordStarted", "Preflight", "Mode"]
    assert caught_by(states["RecordStarted"], "DynamoDB.ThrottlingException") == "OutcomeNotStarted"


def rules_of(choice: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(rule["Variable"], rule["StringEquals"], rule["Next"]) for rule in choice["Choices"]]


def test_each_mode_has_its_own_way(states: dict[str, Any]) -> None:
    assert rules_of(states["Mode"]) == [("$.request.mode", "drift", "Drift"), ("$.request.mode", "repair", "Repair")]
    assert states["Mode"]["Default"] == "Plan"


def test_the_next_step_follows_mode_and_status(states: dict[str, Any]) -> None:
    assert rules_of(states["NextStep"]) == [
        ("$.request.mode", "plan", "OutcomePlanned"),
        ("$.work.status", "done", "Verify"),
        ("$.work.status", "continue", "Apply"),
        ("$.work.status", "wait", "WaitForLock"),
    ]
    assert states["Plan"]["Next"] == states["Apply"]["Next"] == "NextStep"


def test_repair_goes_on_waits_yields_or_is_verified(states: dict[str, Any]) -> None:
    assert rules_of(states["NextRepair"]) == [
        ("$.work.status", "done", "Verify"),
        ("$.work.status", "continue", "Repair"),
        ("$.work.status", "wait", "WaitForLockOfRepair"),
        ("$.work.status", "busy", "OutcomeSkipped"),
    ]
    assert states["Repair"]["Next"] == "NextRepair"


@pytest.mark.parametrize(
    ("choice", "wait", "then"), [("NextStep", "WaitForLock", "Apply"), ("NextRepair", "WaitForLockOfRepair", "Repair")]
)
def test_a_lock_is_waited_for_where_it_costs_nothing(states: dict[str, Any], choice: str, wait: str, then: str) -> None:
    assert states[choice]["Default"] == "UnknownStatus"
    assert (states[wait]["SecondsPath"], states[wait]["Next"]) == ("$.work.wait_seconds", then)


def test_drift_changes_nothing_and_ends_well_without_any_difference_only(states: dict[str, Any]) -> None:
    """Catches a difference of one kind that passes for parity."""
    (rule,) = states["IsInParity"]["Choices"]
    assert {(part["Variable"], part["NumericEquals"]) for part in rule["And"]} == {
        ("$.drift.missing", 0),
        ("$.drift.changed", 0),
        ("$.drift.extra", 0),
    }
    assert path_from(states, "Drift") == ["Drift", "IsInParity"]
    assert (rule["Next"], states["IsInParity"]["Default"]) == ("OutcomeInParity", "OutcomeDrifted")


def test_a_difference_fails_the_run_by_name_and_is_shown(states: dict[str, Any]) -> None:
    parameters = states["OutcomeDrifted"]["Parameters"]
    assert (parameters["result"], parameters["error"]) == ("drifted", "DriftFound")
    for path in ("$.drift.missing", "$.drift.changed", "$.drift.extra", "$.drift.differences[0]"):
        assert path in parameters["message.$"]


def test_a_repair_that_yields_says_to_whom(states: dict[str, Any]) -> None:
    assert states["OutcomeSkipped"]["Parameters"]["message.$"] == "States.Format('busy: {}', $.work.holder)"


def test_health_is_asked_after_verify_only(states: dict[str, Any]) -> None:
    """Catches a health check after a failed apply."""
    before = [name for name, state in states.items() if "'CheckHealth'" in str(state)]
    assert before == ["Verify"]
    assert states["Verify"]["Next"] == "CheckHealth"
    assert {name for name, state in states.items() if "'Verify'" in str(state)} == {"NextStep", "NextRepair"}


def test_healthy_means_true_and_nothing_else(states: dict[str, Any]) -> None:
    healthy = {"Variable": "$.health.healthy", "BooleanEquals": True}
    repair = {"Variable": "$.request.mode", "StringEquals": "repair"}
    assert states["IsHealthy"]["Choices"] == [
        {"And": [healthy, repair], "Next": "OutcomeRepaired"},
        healthy | {"Next": "OutcomeSucceeded"},
    ]
    assert states["IsHealthy"]["Default"] == "OutcomeUnhealthy"


def test_every_outcome_has_the_same_shape_and_is_recorded_and_reported(states: dict[str, Any]) -> None:
    outcomes = {name: state for name, state in states.items() if state.get("ResultPath") == "$.outcome"}
    assert len(outcomes) == 15
    for name, state in outcomes.items():
        assert {key.removesuffix(".$") for key in state["Parameters"]} == OUTCOME, name
        recorded = "PublishOutcome" if name == "OutcomeNotRecorded" else "FindLastRecord"
        assert state["Next"] == recorded, name


def test_an_unhealthy_run_fails_by_that_name(states: dict[str, Any]) -> None:
    parameters = states["OutcomeUnhealthy"]["Parameters"]
    assert (parameters["result"], parameters["error"]) == ("unhealthy", "Unhealthy")


def test_what_ends_well_is_listed_and_all_else_fails(states: dict[str, Any]) -> None:
    (rule,) = states["IsGood"]["Choices"]
    assert {part["StringEquals"] for part in rule["Or"]} == {"planned", "succeeded", "in_parity", "skipped"}
    assert rule["Next"] == "Succeeded"
    assert states["IsGood"]["Default"] == "Failed"
    assert states["Failed"]["ErrorPath"] == "$.outcome.error"
    assert states["Failed"]["CausePath"] == "$.outcome.message"


def test_what_fails_after_the_plan_says_what_the_way_back_is(states: dict[str, Any]) -> None:
    """Catches a failed run with a snapshot that nobody hears of."""
    assert states["Begin"]["Parameters"]["recovery"] == {"text": ""}
    for name in ("OutcomeFailed", "OutcomeBroken", "OutcomeUnhealthy"):
        assert states[name]["Parameters"]["message.$"].endswith("$.recovery.text)"), name


def test_a_foreign_cause_is_neither_parsed_nor_recorded(states: dict[str, Any]) -> None:
    """Catches a plain-text cause that breaks the parser, or one with data in the audit."""
    users = {name for name, state in states.items() if "$.failure.Cause" in str(state)}
    assert users == {"ReadCause", "OutcomeFailed"}
    assert states["IsOurError"]["Default"] == "OutcomeBroken"
    assert path_from(states, "ReadCause")[:2] == ["ReadCause", "OutcomeFailed"]


def test_the_end_survives_the_loss_of_the_audit_table(states: dict[str, Any]) -> None:
    for name in ("FindLastRecord", "RecordOutcome"):
        assert caught_by(states[name], "DynamoDB.InternalServerError") == "OutcomeNotRecorded"
    assert states["OutcomeNotRecorded"]["Parameters"]["error"] == "AuditUnavailable"
    assert path_from(states, "OutcomeNotRecorded")[1:] == ["PublishOutcome", "Notify", "IsGood"]


def test_a_report_that_fails_does_not_change_the_outcome(states: dict[str, Any]) -> None:
    assert caught_by(states["PublishOutcome"], "States.Timeout") == "Notify"
    assert caught_by(states["Notify"], "States.Timeout") == "IsGood"
    for name in ("PublishOutcome", "Notify"):
        assert states[name]["Catch"][0]["ResultPath"] is None


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_put_on_condition_and_a_lost_reply_is_no_failure(states: dict[str, Any], name: str) -> None:
    state = states[name]
    assert state["Parameters"]["ConditionExpression"] == "attribute_not_exists(PK)"
    assert attempts_for(state, "DynamoDB.ConditionalCheckFailedException") == 0
    assert caught_by(state, "DynamoDB.ConditionalCheckFailedException") == state["Next"]
    assert state["ResultPath"] is None


@pytest.mark.parametrize("name", RECORDS)
def test_the_hash_of_a_record_covers_its_own_fields(states: dict[str, Any], name: str) -> None:
    """Catches a hash over something else than what is stored, which no audit could verify."""
    item = {key: next(iter(value.items())) for key, value in states[name]["Parameters"]["Item"].items()}
    order = ("previous_hash", "PK", "SK", "event", "at", "body")
    parts = [text if kind == "S.$" else f"'{text}'" for kind, text in (item[key] for key in order)]
    joined = ", ".join(parts)
    assert item["hash"] == ("S.$", f"States.Hash(States.Format('{{}}|{{}}|{{}}|{{}}|{{}}|{{}}', {joined}), 'SHA-256')")


def test_the_last_record_continues_the_newest_of_this_run(states: dict[str, Any]) -> None:
    query = states["FindLastRecord"]
    assert query["Resource"] == "arn:aws:states:::aws-sdk:dynamodb:query"
    parameters = query["Parameters"]
    assert (parameters["ScanIndexForward"], parameters["Limit"], parameters["ConsistentRead"]) == (False, 1, True)
    found = "$.found.items[0].hash.S"
    assert states["RecordOutcome"]["Parameters"]["Item"]["previous_hash"] == {"S.$": found}
    assert states["HasRecords"]["Choices"] == [{"Variable": "$.found.count", "NumericEquals": 0, "Next": "NoRecordYet"}]
    assert states["HasRecords"]["Default"] == states["NoRecordYet"]["Next"] == "RecordOutcome"


def test_a_good_run_takes_few_transitions(states: dict[str, Any]) -> None:
    """A thousand patches are one Apply, and the whole run takes at most 20 transitions."""
    first = [*path_from(states, "Begin"), *path_from(states, "Plan")]
    applied = path_from(states, "Apply")
    verified = path_from(states, "Verify")
    recorded = path_from(states, "OutcomeSucceeded")
    ended = [*path_from(states, "RecordOutcome"), "Succeeded"]
    assert len(first + applied + verified + recorded + ended) <= 20


@pytest.mark.parametrize("name", [*PATCHER, "CheckHealth"])
@pytest.mark.parametrize(
    "error", ["Lambda.ENINotReadyException", "Lambda.ResourceNotReadyException", "Lambda.ServiceException"]
)
def test_a_function_that_was_idle_for_weeks_gets_minutes(states: dict[str, Any], name: str, error: str) -> None:
    assert attempts_for(states[name], error) == 12


@pytest.mark.parametrize("error", ["Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError", "States.Timeout"])
def test_a_killed_apply_or_repair_is_repeated(states: dict[str, Any], error: str) -> None:
    assert attempts_for(states["Apply"], error) == attempts_for(states["Repair"], error) == 3


def test_preflight_is_patient_with_what_nobody_has_named(states: dict[str, Any]) -> None:
    assert attempts_for(states["Preflight"], "Something.New") == 12
    assert attempts_for(states["Preflight"], "BadInput") == 0
    assert attempts_for(states["Apply"], "Something.New") == 0


def test_people_read_target_run_result_message_and_link(sandbox: Any, states: dict[str, Any]) -> None:
    notice = states["Begin"]["Parameters"]["notice"]
    assert notice.startswith("Run {} on meshapp-sandbox: {}.\n\n{}\n\nhttps://eu-central-1.console.aws.amazon.com/")
    message = states["Notify"]["Parameters"]
    arguments = "$.run.id, $.outcome.result, $.outcome.message, $.started.execution"
    assert message["Message.$"] == f"States.Format($.notice, {arguments})"
    assert message["TopicArn"] in sandbox.of_type("AWS::SNS::Topic")


def test_the_subject_fits_what_sns_takes(states: dict[str, Any]) -> None:
    longest = f"rdspatch {'a' * 63}: unhealthy"  # no result is longer
    assert states["Notify"]["Parameters"]["Subject.$"] == (
        "States.Format('rdspatch meshapp-sandbox: {}', $.outcome.result)"
    )
    assert len(longest) <= 100


def test_subscriptions_can_choose_by_the_result(states: dict[str, Any]) -> None:
    attribute = states["Notify"]["Parameters"]["MessageAttributes"]["result"]
    assert attribute == {"DataType": "String", "StringValue.$": "$.outcome.result"}


def test_machines_get_one_event(states: dict[str, Any]) -> None:
    (entry,) = states["PublishOutcome"]["Parameters"]["Entries"]
    assert (entry["Source"], entry["DetailType"]) == ("rdspatch", "rdspatch run ended")
    assert entry["Detail"]["outcome.$"] == "$.outcome"
