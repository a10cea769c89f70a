"""The report of every run, however it ended: one event for machines, one message for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Aws, Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_stepfunctions import Condition, JsonPath

from .records import EXECUTION, RUN_ID, STARTED_AT
from .retries import ALL, SERVICE, add_retries

if TYPE_CHECKING:
    from aws_cdk import aws_sns as sns
    from constructs import Construct

GOOD: Final = ("succeeded", "planned", "in_parity", "skipped")
"""Results with which an execution succeeds; every other fails it, and with it the pipeline that waits for it."""

_TIMEOUT = sfn.Timeout.duration(Duration.seconds(30))


class Report:
    """The states after the outcome is known; a report that fails does not change the outcome."""

    def __init__(self, scope: Construct, *, target: str, topic: sns.ITopic, then: sfn.IChainable) -> None:
        """Make the states within `scope`; `first` is where they begin, and they lead to `then`."""
        publish = _publish(scope, target)
        notify = _notify(scope, target, topic)
        publish.add_catch(notify, errors=[ALL], result_path=JsonPath.DISCARD)
        notify.add_catch(then, errors=[ALL], result_path=JsonPath.DISCARD)
        publish.next(notify).next(then)
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
        "execution": JsonPath.string_at(EXECUTION),
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
        JsonPath.string_at(EXECUTION),
    )
    task = tasks.SnsPublish(
        scope,
        "Notify",
        comment="One message for people",
        topic=topic,
        subject=JsonPath.format(f"rdspatch {target}: {{}}", result),
        message=sfn.TaskInput.from_text(message),
        # For subscriptions that want some results only.
        message_attributes={"result": tasks.MessageAttribute(value=result)},
        result_path=JsonPath.DISCARD,
        task_timeout=_TIMEOUT,
    )
    add_retries(task, SERVICE)
    return task


def end_of_run(scope: Construct) -> sfn.Choice:
    """The states that end an execution as its outcome says."""
    result = "$.outcome.result"
    succeeded = sfn.Succeed(scope, "Succeeded", comment="The outcome is the output", output_path="$.outcome")
    failed = sfn.Fail(
        scope,
        "Failed",
        comment="The outcome says why",
        error_path="$.outcome.error",
        cause_path="$.outcome.message",
    )
    good = Condition.or_(*[Condition.string_equals(result, name) for name in GOOD])
    return sfn.Choice(scope, "IsGood", comment="End as the outcome says").when(good, succeeded).otherwise(failed)
