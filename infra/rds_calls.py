"""Tasks that call RDS, and the names of what they may touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from . import retries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_iam as iam
    from constructs import Construct

_TIMEOUT: Final = sfn.Timeout.duration(Duration.seconds(30))


class RdsCalls:
    """Makes the tasks of one workflow that call RDS."""

    def __init__(self, scope: Construct) -> None:
        """Tasks are made within `scope`."""
        self._scope = scope

    def task(
        self,
        name: str,
        *,
        comment: str,
        action: str,
        parameters: Mapping[str, Any],
        resources: list[str],
        result_path: str,
        result_selector: Mapping[str, Any] | None = None,
        more: list[iam.PolicyStatement] | None = None,
        retry: tuple[retries.Retry, ...] = retries.SERVICE,
    ) -> tasks.CallAwsService:
        """A task with its retries; the machine's role may do what it does to `resources` only.

        Args:
            name: The state's.
            comment: The state's.
            action: As Step Functions writes it: `describeDBInstances`.
            parameters: As Step Functions writes them: `DbInstanceIdentifier`.
            resources: ARNs.
            result_path: Where the answer goes.
            result_selector: What of the answer.
            more: What the role has to be allowed beside the action itself.
            retry: After which errors it tries again.
        """
        task = tasks.CallAwsService(
            self._scope,
            name,
            comment=comment,
            service="rds",
            action=action,
            iam_action=f"rds:{action[0].upper()}{action[1:]}",
            iam_resources=resources,
            additional_iam_statements=more,
            parameters=dict(parameters),
            result_selector=None if result_selector is None else dict(result_selector),
            result_path=result_path,
            task_timeout=_TIMEOUT,
        )
        retries.add_retries(task, retry)
        return task

    def arn(self, resource: str, name: str) -> str:
        """The ARN of a resource of this account and region; `name` may hold `*`."""
        return Stack.of(self._scope).format_arn(
            service="rds", resource=resource, resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
