"""Runs from CDK Pipelines: a step for what a stage does before or after its stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Aws, Names, Stack, Token, pipelines
from aws_cdk import aws_stepfunctions as sfn

from .pipeline import invoke_action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_codepipeline as codepipeline

    from .orchestrator import PatchOrchestrator


@jsii.implements(pipelines.ICodePipelineActionFactory)
class PatchStep(pipelines.Step):
    """Starts a run and waits for its end; a run that fails fails the deployment.

    For example, after the stacks of a stage:

        delivery.add_stage(production, post=[PatchStep("Patch", production.patches)])
    """

    def __init__(
        self,
        step_id: str,
        orchestrator: PatchOrchestrator,
        *,
        run_input: Mapping[str, object] | None = None,
    ) -> None:
        """Name the step, and what it starts.

        Args:
            step_id: The name of the action in the pipeline.
            orchestrator: In a stack of the stage. A pipeline cannot refer to what such a stack will hold, only to a
                name, so it needs `state_machine_name`, and its stack an account and a region.
            run_input: The run's input. By default a run that applies, with the pipeline's execution as its reason.

        Raises:
            ValueError: The orchestrator has no such name, or nobody knows where it will be; or the input is longer
                than CodePipeline takes in a configuration.
        """
        super().__init__(step_id)
        self._arn = _arn_of(orchestrator)
        self._run_input = run_input

    @jsii.member(jsii_name="produceAction")
    def produce_action(
        self, stage: codepipeline.IStage, options: pipelines.ProduceActionOptions
    ) -> pipelines.CodePipelineActionFactoryResult:
        """Add the action where CDK Pipelines wants it."""
        machine = sfn.StateMachine.from_state_machine_arn(
            options.scope, f"{Names.node_unique_id(options.scope.node)}{options.action_name}", self._arn
        )
        action: Any = invoke_action(
            machine, action_name=options.action_name, run_input=self._run_input, run_order=options.run_order
        )
        stage.add_action(action)
        return pipelines.CodePipelineActionFactoryResult(run_orders_consumed=1)


def _arn_of(orchestrator: PatchOrchestrator) -> str:
    stack, name = Stack.of(orchestrator), orchestrator.state_machine_name
    if name is None:
        raise ValueError(
            f"{orchestrator.node.path} has no name that a pipeline could know; give state_machine_name= to the "
            "PatchOrchestrator"
        )
    if Token.is_unresolved(stack.account) or Token.is_unresolved(stack.region):
        raise ValueError(f"{stack.node.path} names no account and region; give the stage or the stack env=")
    return f"arn:{Aws.PARTITION}:states:{stack.region}:{stack.account}:stateMachine:{name}"
