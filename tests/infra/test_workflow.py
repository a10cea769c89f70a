"""The shape of the state machine; the rehearsal runs it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.infra.state_machine import attempts_for, caught_by, path_from, rules_of, tasks

PATCHER = {"Preflight": 120, "Plan": 120, "Drift": 120, "Apply": 900, "Repair": 900, "Verify": 900}


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
    rule, unjudged = states["IsInParity"]["Choices"]
    none = {("$.drift.missing", 0), ("$.drift.changed", 0), ("$.drift.extra", 0)}

    def numbers(choice: dict[str, Any]) -> set[tuple[str, int]]:
        return {(part["Variable"], part["NumericEquals"]) for part in choice["And"]}

    assert (numbers(rule), numbers(unjudged)) == (none | {("$.drift.unknown", 0)}, none)
    assert unjudged["Next"] == "OutcomeUnjudged"
    assert path_from(states, "Drift") == ["Drift", "IsInParity"]
    assert (rule["Next"], states["IsInParity"]["Default"]) == ("OutcomeInParity", "OutcomeDrifted")


def test_drift_that_cannot_be_judged_fails_the_run_by_name_and_says_why(states: dict[str, Any]) -> None:
    parameters = states["OutcomeUnjudged"]["Parameters"]
    assert (parameters["result"], parameters["error"]) == ("unjudged", "DriftUnjudged")
    assert "$.drift.unjudged" in parameters["message.$"]
    assert "$.drift.unjudged" in states["OutcomeDrifted"]["Parameters"]["message.$"]


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
