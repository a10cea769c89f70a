"""A state machine as all of ours are: standard, traced, and logged without data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn

from .acknowledgements import ANY_RESOURCE, acknowledge_policy

if TYPE_CHECKING:
    from aws_cdk import Duration
    from constructs import Construct


def state_machine(scope: Construct, *, comment: str, definition: sfn.IChainable, timeout: Duration) -> sfn.StateMachine:
    """Create `StateMachine` within `scope`, and its log group, which keeps a year."""
    machine = sfn.StateMachine(
        scope,
        "StateMachine",
        comment=comment,
        definition_body=sfn.DefinitionBody.from_chainable(definition),
        state_machine_type=sfn.StateMachineType.STANDARD,
        timeout=timeout,
        tracing_enabled=True,
        logs=sfn.LogOptions(
            destination=logs.LogGroup(scope, "Logs", retention=logs.RetentionDays.ONE_YEAR),
            level=sfn.LogLevel.ALL,
            # Names of states and errors are enough; messages belong to the audit table.
            include_execution_data=False,
        ),
    )
    acknowledge_policy(
        machine.role,
        {ANY_RESOURCE: "Log deliveries and X-Ray know no resources: their actions are allowed on all or none"},
    )
    return machine
