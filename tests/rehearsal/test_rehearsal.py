from __future__ import annotations

import json
import logging
import re
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.rehearsal.aws import SimulatedAwsBusy
from rdspatch.rehearsal.executions import ExecutionNotFinished
from rdspatch.rehearsal.faults import Fault
from tests.rehearsal.small_stack import invoke

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rdspatch.rehearsal.history import StateChange
    from rdspatch.rehearsal.rehearsal import Rehearsal

    Start = Callable[..., Rehearsal]


def record(number: str) -> dict[str, Any]:
    """A Task state that puts an item which must not be there yet."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {
            "TableName": "<Table>",
            "Item": {"PK": {"S": "TARGET#app"}, "SK": {"S.$": f"States.Format('{number}')"}},
            "ConditionExpression": "attribute_not_exists(PK)",
        },
        "ResultPath": None,
    }


def retrying(task: dict[str, Any], *errors: str, attempts: int = 3, seconds: int = 60) -> dict[str, Any]:
    return task | {"Retry": [{"ErrorEquals": list(errors), "IntervalSeconds": seconds, "MaxAttempts": attempts}]}


def test_results_flow_from_state_to_state(start: Start) -> None:
    first = invoke(**{"action": "echo", "number.$": "$.number"})
    rehearsal = start({"First": first | {"Next": "Second"}, "Second": {"Type": "Pass", "End": True}})
    execution = rehearsal.run({"number": 7}, name="run-1")
    assert (execution.status, execution.name) == ("SUCCEEDED", "run-1")
    assert execution.output["result"]["value"] == {"action": "echo", "number": 7}
    assert execution.state_names == ("First", "Second")
    assert execution.transitions == 2


def test_an_uncaught_error_ends_the_execution_with_its_name_and_message(start: Start) -> None:
    execution = start({"Only": invoke(action="fail") | {"End": True}}).run()
    assert (execution.status, execution.error) == ("FAILED", "Busy")
    assert json.loads(execution.cause or "")["errorMessage"] == "held by 42"


def test_a_retry_by_error_name_runs_the_handler_again_without_its_pause(start: Start, tmp_path: Path) -> None:
    task = invoke(action="busy until marked", marker=str(tmp_path / "marker"))
    rehearsal = start({"Only": retrying(task, "Busy") | {"End": True}})
    started = time.monotonic()
    execution = rehearsal.run()
    assert execution.status == "SUCCEEDED"
    assert [invocation.error for invocation in rehearsal.invocations] == ["Busy", None]
    assert [error for error, _ in execution.states[0].failures] == ["Busy"]
    assert time.monotonic() - started < 10


def test_an_error_of_another_name_is_not_retried(start: Start) -> None:
    rehearsal = start({"Only": retrying(invoke(action="fail"), "Idle") | {"End": True}})
    assert rehearsal.run().error == "Busy"
    assert len(rehearsal.invocations) == 1


def test_a_wait_is_scaled(start: Start) -> None:
    rehearsal = start({"Only": {"Type": "Wait", "Seconds": 100, "End": True}}, time_scale=0.003)
    (visit,) = rehearsal.run().states
    assert visit.type == "Wait"
    assert 290 <= (visit.duration_ms or 0) < 1000


def test_a_timeout_and_a_crash_are_caught_by_their_names(start: Start) -> None:
    rehearsal = start(
        {
            "Slow": invoke(action="sleep", seconds=30)
            | {"Catch": [{"ErrorEquals": ["Sandbox.Timedout"], "Next": "Crash"}], "Next": "Wrong"},
            "Crash": invoke(action="exit")
            | {"Catch": [{"ErrorEquals": ["Runtime.ExitError"], "Next": "Right"}], "Next": "Wrong"},
            "Right": {"Type": "Succeed"},
            "Wrong": {"Type": "Fail"},
        }
    )
    execution = rehearsal.run()
    assert (execution.status, execution.state_names) == ("SUCCEEDED", ("Slow", "Crash", "Right"))


def test_a_planned_fault_kills_one_invocation_and_the_retry_goes_through(start: Start) -> None:
    rehearsal = start({"Only": retrying(invoke(action="work"), "Runtime.ExitError") | {"End": True}})
    execution = rehearsal.run(faults={"work": [Fault(kill_after=3), None]})
    assert execution.status == "SUCCEEDED"
    assert [invocation.error for invocation in rehearsal.invocations] == ["Runtime.ExitError", None]


def test_a_refused_invocation_never_reaches_the_handler(start: Start) -> None:
    rehearsal = start({"Only": invoke(action="work") | {"End": True}})
    execution = rehearsal.run(faults={"work": [Fault(refused="ResourceNotReadyException")]})
    assert (execution.status, execution.error) == ("FAILED", "Lambda.ResourceNotReadyException")
    assert rehearsal.invocations == ()


def test_records_land_in_the_table_sorted_and_only_once(start: Start) -> None:
    rehearsal = start(
        {
            "Late": record("000002") | {"Next": "Early"},
            "Early": record("000001") | {"Next": "Again"},
            "Again": record("000001") | {"End": True},
        }
    )
    execution = rehearsal.run()
    assert execution.error == "DynamoDB.ConditionalCheckFailedException"
    assert [item["SK"] for item in rehearsal.audit_records] == ["000001", "000002"]


def test_notifications_and_events_are_kept(start: Start) -> None:
    notify = {"TopicArn": "<Topic>", "Subject": "rdspatch", "Message": {"result": "succeeded"}}
    event = {"Source": "rdspatch", "DetailType": "Run ended", "Detail": {"result": "succeeded"}}
    rehearsal = start(
        {
            "Notify": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": notify}
            | {"Next": "Emit"},
            "Emit": {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents"}
            | {"Parameters": {"Entries": [event]}, "End": True},
        }
    )
    assert rehearsal.run().status == "SUCCEEDED"
    (notification,) = rehearsal.notifications
    assert (notification["subject"], json.loads(notification["message"])) == (
        "rdspatch",
        {"result": "succeeded"},
    )
    (seen,) = rehearsal.events
    assert (seen["detail-type"], seen["detail"]) == ("Run ended", {"result": "succeeded"})


def test_changes_of_states_are_told_while_the_workflow_runs(start: Start) -> None:
    rehearsal = start(
        {
            "First": invoke(action="echo") | {"Next": "Second"},
            "Second": invoke(action="sleep", seconds=0.7) | {"End": True},
        }
    )
    told: list[tuple[float, StateChange]] = []
    rehearsal.run(on_state=lambda change: told.append((time.monotonic(), change)))
    assert [(change.kind, change.state) for _, change in told] == [
        ("entered", "First"),
        ("left", "First"),
        ("entered", "Second"),
        ("left", "Second"),
    ]
    assert told[3][0] - told[2][0] > 0.4
    assert told[1][1].data["result"]["value"] == {"action": "echo"}


def test_the_environment_leads_to_this_machine(start: Start) -> None:
    rehearsal = start({"Only": invoke(action="describe") | {"End": True}}, environment={"worker": {"EXTRA": "1"}})
    environment = rehearsal.invoke("worker", {"action": "describe"}).payload["environment"]
    assert environment["RDSPATCH_DATABASE_HOST"] == rehearsal.database.settings.host
    assert environment["RDSPATCH_DATABASE_AUTH"] == "secret"
    assert "RDSPATCH_DATABASE_USER" not in environment
    assert environment["RDSPATCH_AUDIT_TABLE"] == "Table"
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert environment["EXTRA"] == "1"


def test_an_execution_that_takes_too_long_is_stopped_and_named_with_its_state(start: Start) -> None:
    rehearsal = start({"Only": {"Type": "Wait", "Seconds": 600, "End": True}}, time_scale=1.0)
    with pytest.raises(ExecutionNotFinished, match="run-1 was in Only"):
        rehearsal.run(name="run-1", timeout_seconds=0.3)


def test_an_aborted_execution_is_aborted(start: Start) -> None:
    rehearsal = start({"Only": {"Type": "Wait", "Seconds": 600, "End": True}}, time_scale=1.0)
    arn = rehearsal.begin()
    time.sleep(0.3)
    rehearsal.abort(arn)
    assert rehearsal.wait(arn, timeout_seconds=10).status == "ABORTED"


def test_executions_run_side_by_side(start: Start) -> None:
    rehearsal = start({"Only": invoke(action="sleep", seconds=0.7) | {"End": True}})
    started = time.monotonic()
    arns = [rehearsal.begin(name=f"run-{number}") for number in range(3)]
    assert [rehearsal.wait(arn).status for arn in arns] == ["SUCCEEDED"] * 3
    assert time.monotonic() - started < 2.0


def test_times_are_written_as_aws_writes_them(start: Start) -> None:
    times = {
        "started.$": "States.Format('{}', $$.Execution.StartTime)",
        "entered.$": "States.Format('{}', $$.State.EnteredTime)",
    }
    output = start({"Only": {"Type": "Pass", "Parameters": times, "End": True}}).run().output
    assert set(output) == {"started", "entered"}
    for time_text in output.values():
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time_text)


def test_a_failed_task_writes_nothing_to_the_terminal(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        start({"Only": invoke(action="fail") | {"End": True}}).run()
    finally:
        root.handlers = handlers
    assert capfd.readouterr() == ("", "")


def test_closing_ends_the_threads_of_what_waits(start: Start) -> None:
    before = threading.active_count()
    rehearsal = start({"Only": {"Type": "Wait", "Seconds": 600, "End": True}}, time_scale=1.0)
    rehearsal.begin()
    time.sleep(0.3)
    rehearsal.close()
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_closing_ends_handlers_under_way_quietly(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    rehearsal = start({"Only": invoke(action="sleep", seconds=60) | {"End": True}}, timeouts={"worker": 60})
    rehearsal.begin()
    time.sleep(0.7)
    started = time.monotonic()
    rehearsal.close()
    assert time.monotonic() - started < 3.0
    assert capfd.readouterr().err == ""


def test_two_rehearsals_at_a_time_are_refused_and_one_after_the_other_is_fresh(start: Start) -> None:
    states = {"Only": record("000001") | {"End": True}}
    first = start(states)
    assert first.run(name="run-1").status == "SUCCEEDED"
    with pytest.raises(SimulatedAwsBusy):
        start(states)
    first.close()
    second = start(states)
    assert second.audit_records == ()
    assert second.run(name="run-1").status == "SUCCEEDED"


def test_the_largest_payload_is_measured(start: Start) -> None:
    execution = start({"Only": {"Type": "Pass", "End": True}}).run({"text": "x" * 5000})
    assert 5000 < execution.largest_payload < 5100
