"""A state machine as all of ours are: standard, traced, and logged without data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Aws, Fn, Names, PhysicalName
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn

from .acknowledgements import ANY_RESOURCE, acknowledge_policy

if TYPE_CHECKING:
    from aws_cdk import Duration
    from constructs import Construct


_LONGEST_PATH: Final = 128


def _log_group(scope: Construct) -> logs.LogGroup:
    """A group of the kind whose deliveries do not use up the account's resource policy of 5,120 characters."""
    path = Names.unique_resource_name(scope, max_length=_LONGEST_PATH, allowed_special_characters="-_")
    # The group outlives its stack: another stack of the same name needs another group.
    stack = Fn.select(2, Fn.split("/", Aws.STACK_ID))
    return logs.LogGroup(
        scope,
        "Logs",
        log_group_name=f"/aws/vendedlogs/states/{path}-{stack}",
        retention=logs.RetentionDays.ONE_YEAR,
    )


def state_machine(
    scope: Construct,
    *,
    comment: str,
    definition: sfn.IChainable,
    timeout: Duration,
    name: str | None = None,
) -> sfn.StateMachine:
    """Create `StateMachine` within `scope`, and its log group, which keeps a year.

    Unless `name` is given, CloudFormation chooses one, or the CDK where another account or region refers to it.
    """
    machine = sfn.StateMachine(
        scope,
        "StateMachine",
        state_machine_name=name or PhysicalName.GENERATE_IF_NEEDED,
        comment=comment,
        definition_body=sfn.DefinitionBody.from_chainable(definition),
        state_machine_type=sfn.StateMachineType.STANDARD,
        timeout=timeout,
        tracing_enabled=True,
        logs=sfn.LogOptions(
            destination=_log_group(scope),
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
