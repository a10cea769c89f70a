"""What starts runs: the schedule, and the small state machine between it and the workflow."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.context import BadContext
from infra.policies import Repair
from infra.settings import parse

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_schedule_fires_every_night_and_says_for_when(sandbox: Any) -> None:
    schedule = sandbox.only("AWS::Scheduler::Schedule")["Properties"]
    assert (schedule["State"], schedule["ScheduleExpression"]) == ("ENABLED", "cron(17 3 * * ? *)")
    assert schedule["ScheduleExpressionTimezone"] == "Etc/UTC"
    assert json.loads(schedule["Target"]["Input"]) == {"scheduled_at": "<aws.scheduler.scheduled-time>"}
    assert schedule["Target"]["Arn"] == {"Ref": sandbox.machine("NightlyRepair")[0]}


def test_what_cannot_be_delivered_is_kept(sandbox: Any) -> None:
    target = sandbox.only("AWS::Scheduler::Schedule")["Properties"]["Target"]
    queue = sandbox.of_type("AWS::SQS::Queue")[target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]]["Properties"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_the_input_of_a_scheduled_run_is_fixed(sandbox: Any) -> None:
    """Catches a schedule through which somebody could start an apply."""
    start = sandbox.definition("NightlyRepair")["States"]["StartRepair"]
    assert start["Parameters"]["Input"] == {"mode": "repair", "reason": "scheduled drift repair"}
    assert start["Parameters"]["StateMachineArn"] == sandbox.machine()[0]


def test_a_run_that_was_started_for_this_time_already_is_no_failure(sandbox: Any) -> None:
    states = sandbox.definition("NightlyRepair")["States"]
    start, taken = states["StartRepair"], "StepFunctions.ExecutionAlreadyExistsException"
    assert start["Retry"][0] == {"ErrorEquals": [taken], "MaxAttempts": 0}
    assert start["Catch"][0]["ErrorEquals"] == [taken]
    assert states[start["Catch"][0]["Next"]]["Type"] == states[start["Next"]]["Type"] == "Succeed"


def test_a_repair_that_cannot_be_started_is_told_to_people(sandbox: Any) -> None:
    states = sandbox.definition("NightlyRepair")["States"]
    assert states["StartRepair"]["Catch"][1] == {
        "ErrorEquals": ["States.ALL"],
        "ResultPath": "$.failure",
        "Next": "NotifyNotStarted",
    }
    assert states["NotifyNotStarted"]["Next"] == "NotStarted"
    assert states["NotStarted"]["Type"] == "Fail"
    assert len(states["NotifyNotStarted"]["Parameters"]["Subject"].replace("meshapp-sandbox", "a" * 63)) <= 100


def test_a_stage_can_do_without_the_schedule(
    context: dict[str, Any], synth: Callable[[str, dict[str, Any]], Any]
) -> None:
    description = copy.deepcopy(context["rdspatch:stages"]["existing"]) | {"repair": {"schedule": False, "limit": 3}}
    template = synth("unscheduled", description)
    assert "AWS::Scheduler::Schedule" not in template.types()
    assert template.function("patcher")["Environment"]["Variables"]["RDSPATCH_REPAIR_LIMIT"] == "3"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (None, Repair(schedule="cron(17 3 * * ? *)", limit=10)),
        ({"schedule": "rate(6 hours)"}, Repair(schedule="rate(6 hours)")),
        ({"schedule": False, "limit": 1}, Repair(schedule=None, limit=1)),
    ],
)
def test_the_repair_of_a_stage_is_read(context: dict[str, Any], written: Any, read: Repair) -> None:
    stages = copy.deepcopy(dict(context["rdspatch:stages"]))
    if written is not None:
        stages["existing"]["repair"] = written
    assert parse(stages, "existing").repair == read


@pytest.mark.parametrize(
    "written", [{"schedule": "every night"}, {"schedule": True}, {"limit": 0}, {"limt": 3}, {"schedule": None}, []]
)
def test_a_repair_that_cannot_be_meant_is_refused(context: dict[str, Any], written: Any) -> None:
    stages = copy.deepcopy(dict(context["rdspatch:stages"]))
    stages["existing"]["repair"] = written
    with pytest.raises(BadContext, match=r"existing\.repair"):
        parse(stages, "existing")
