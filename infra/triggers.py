"""What starts the workflow by itself."""

from __future__ import annotations

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct


class NightlyRepair(Construct):
    """Starts a repair run every night, once it is enabled."""

    def __init__(self, scope: Construct, construct_id: str, *, state_machine: sfn.StateMachine) -> None:
        """Create the rule, disabled: the patcher refuses the mode `repair` so far."""
        super().__init__(scope, construct_id)
        events.Rule(
            self,
            "Rule",
            description="Nightly repair of schema drift; disabled until the patcher takes the mode repair",
            enabled=False,
            # Off the full hour, when everybody's schedules fire.
            schedule=events.Schedule.cron(hour="3", minute="17"),
            targets=[
                targets.SfnStateMachine(
                    state_machine,
                    input=events.RuleTargetInput.from_object({"mode": "repair", "reason": "scheduled drift repair"}),
                )
            ],
        )
