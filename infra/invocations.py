"""The workflow's calls of the two functions: what is sent, what is kept, what is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_stepfunctions import JsonPath

from . import retries
from .records import RUN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

REQUEST: Final = ("mode", "target", "reason", "allow_out_of_order")
WORK: Final = ("status", "wait_seconds", "applied", "pending", "patch", "lock_attempts")
PLAN: Final = (*WORK, "additive", "approval", "note")
REPAIR: Final = (*WORK, "holder")
DRIFT: Final = ("missing", "changed", "extra", "unknown", "unjudged", "differences")
VERIFIED: Final = ("verified", "audit_hash")
HEALTH: Final = ("healthy", "reason", "probes")


class Invocations:
    """Makes the tasks that call a function; each still needs its Next."""

    def __init__(
        self,
        scope: Construct,
        *,
        patcher: lambda_.IFunction,
        health: lambda_.IFunction,
        on_failure: sfn.IChainable,
    ) -> None:
        """Make tasks within `scope` that go to `on_failure`, with `$.failure`, when trying again is over."""
        self._scope = scope
        self._patcher = patcher
        self._health = health
        self._on_failure = on_failure

    def patcher(
        self,
        name: str,
        *,
        comment: str,
        arguments: Mapping[str, Any],
        fields: Sequence[str],
        result_path: str,
        seconds: int,
        retry: Iterable[retries.Retry] = retries.PATCHER,
    ) -> sfn.TaskStateBase:
        """A task that lets the patcher do the action of the state's name.

        Args:
            name: The state's name; in lower case it is the action.
            comment: What it does, for the console.
            arguments: What the action takes beside the run.
            fields: What is kept of the answer; all of them have to be there.
            result_path: Where they are kept.
            seconds: The task's timeout.
            retry: What is tried again.
        """
        return self._task(
            name,
            comment=comment,
            function=self._patcher,
            payload={"action": name.lower(), **arguments},
            fields=fields,
            result_path=result_path,
            seconds=seconds,
            retry=retry,
        )

    def health(self, name: str, *, comment: str, result_path: str, seconds: int) -> sfn.TaskStateBase:
        """A task that asks the application, by the function that cannot reach the database."""
        return self._task(
            name,
            comment=comment,
            function=self._health,
            payload={},
            fields=HEALTH,
            result_path=result_path,
            seconds=seconds,
            retry=retries.HEALTH,
        )

    def _task(
        self,
        name: str,
        *,
        comment: str,
        function: lambda_.IFunction,
        payload: Mapping[str, Any],
        fields: Sequence[str],
        result_path: str,
        seconds: int,
        retry: Iterable[retries.Retry],
    ) -> sfn.TaskStateBase:
        task = tasks.LambdaInvoke(
            self._scope,
            name,
            comment=comment,
            lambda_function=function,
            payload=sfn.TaskInput.from_object({**payload, "run": JsonPath.object_at(RUN)}),
            result_selector={field: JsonPath.object_at(f"$.Payload.{field}") for field in fields},
            result_path=result_path,
            # The CDK's own retries would come first and hide the ones that are named here.
            retry_on_service_exceptions=False,
            task_timeout=sfn.Timeout.duration(Duration.seconds(seconds)),
        )
        retries.add_retries(task, retry)
        task.add_catch(self._on_failure, errors=[retries.ALL], result_path="$.failure")
        return task
