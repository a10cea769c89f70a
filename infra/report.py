"""The end of every run: tell the machines, tell the people, end as the outcome says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_stepfunctions import Condition, JsonPath

from .records import RUN_ID, STARTED_AT
from .retries import ALL, SERVICE, add_retries

if TYPE_CHECKING:
    from aws_cdk import aws_sns as sns
    from constructs import Construct

_TIMEOUT = sfn.Timeout.duration(Duration.seconds(30))


class Report:
    """The states after the outcome is known; a report that fails does not change the outcome."""

    def __init__(self, scope: Construct, *, target: str, topic: sns.ITopic) -> None:
        """Make the states within `scope`; `first` is where they begin."""
        publish = _publish(scope, target)
        notify = _notify(scope, target, topic)
        end = _end(scope)
        publish.add_catch(notify, errors=[ALL], result_path=JsonPath.DISCARD)
        notify.add_catch(end, errors=[ALL], result_path=JsonPath.DISCARD)
        publish.next(notify).next(end)
        self.first = publish


def notice(target: str) -> str:
    """The message for people, with places for run, result, the outcome's message and the execution's ARN.

    It travels as data at `$.notice`, because literals in the workflow's functions are no place for line ends.
    """
    console = f"https://{Aws.REGION}.console.aws.amazon.com/states/home?region={Aws.REGION}"
    return f"Run {{}} on {target}: {{}}.\n\n{{}}\n\n{console}#/v2/executions/details/{{}}\n"


def _publish(scope: Construct, target: str) -> tasks.EventBridgePutEvents:
    detail = {
        "target": target,
        "run": JsonPath.string_at(RUN_ID),
        "started_at": JsonPath.string_at(STARTED_AT),
        "execution": JsonPath.string_at("$$.Execution.Id"),
        "outcome": JsonPath.object_at("$.outcome"),
    }
    task = tasks.EventBridgePutEvents(
        scope,
        "PublishOutcome",
        comment="One event for machines",
        entries=[
            tasks.EventBridgePutEventsEntry(
                source="rdspatch",
                detail_type="rdspatch run ended",
                detail=sfn.TaskInput.from_object(detail),
            )
        ],
        result_path=JsonPath.DISCARD,
        task_timeout=_TIMEOUT,
    )
    add_retries(task, SERVICE)
    return task


def _notify(scope: Construct, target: str, topic: sns.ITopic) -> tasks.SnsPublish:
    result = JsonPath.string_at("$.outcome.result")
    message = JsonPath.format(
        JsonPath.string_at("$.notice"),
        JsonPath.string_at(RUN_ID),
        result,
        JsonPath.string_at("$.outcome.message"),
        JsonPath.string_at("$$.Execution.Id"),
    )
    task = tasks.SnsPublish(
        scope,
        "Notify",
        comment="One message for people",
        topic=topic,
        subject=JsonPath.format(f"rdspatch {target}: {{}}", result),
        message=sfn.TaskInput.from_text(message),
        result_path=JsonPath.DISCARD,
        task_timeout=_TIMEOUT,
    )
    add_retries(task, SERVICE)
    return task


def _end(scope: Construct) -> sfn.Choice:
    result = "$.outcome.result"
    succeeded = sfn.Succeed(scope, "Succeeded", comment="The outcome is the output", output_path="$.outcome")
    failed = sfn.Fail(
        scope,
        "Failed",
        comment="The outcome says why",
        error_path="$.outcome.error",
        cause_path="$.outcome.message",
    )
    good = Condition.or_(Condition.string_equals(result, "succeeded"), Condition.string_equals(result, "planned"))
    return sfn.Choice(scope, "IsGood", comment="End as the outcome says").when(good, succeeded).otherwise(failed)
