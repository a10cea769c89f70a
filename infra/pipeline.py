"""Runs from CodePipeline: one function for every pipeline, and the whole pipeline of the example."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_cdk import Fn, Names, Stack
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions

from .acknowledgements import acknowledge, on_resource
from .orchestrator import PatchOrchestrator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_stepfunctions as sfn
    from constructs import IConstruct

MOST_INPUT: Final = 1_000
"""Characters of one value in an action's configuration."""

PREFIX: Final = "pipeline"
"""How the names of the executions begin."""

_REASON: Final = {"reason": f"pipeline execution {codepipeline.GlobalVariables.EXECUTION_ID}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualApproval:
    """Somebody says yes in the console before the run starts."""

    question: str = "Apply the pending patches?"
    topic: sns.ITopic | None = None
    """Who is told that there is something to approve."""
    link: str | None = None
    """What to look at first: the pull request, or the output of a plan."""


def patch_stage(
    pipeline: codepipeline.Pipeline,
    orchestrator: PatchOrchestrator | sfn.IStateMachine,
    *,
    stage_name: str = "Patch",
    run_input: Mapping[str, object] | codepipeline.ArtifactPath | None = None,
    approval: ManualApproval | None = None,
    placement: codepipeline.StagePlacement | None = None,
) -> codepipeline.IStage:
    """Add a stage that starts a run and waits for its end; a run that fails fails the stage.

    The action polls the execution for up to seven days, and does not stop it when it gives up; the state machine's
    own timeout of four hours ends both.

    CodePipeline names the execution `pipeline-` and the id of this attempt at the action, so a retry of the stage is
    another execution: the name of one that has ended could not be used again for 90 days, and the retry would have
    nothing to start. Two at once (the stage was retried while the first run still worked) do no harm: the second
    finds the run lock taken, waits for up to 18 minutes, and then finds the patches of the first in the ledger.
    The reason in the audit names the pipeline's execution, which all its attempts share.

    Args:
        pipeline: The pipeline; the stage comes after those that it has.
        orchestrator: What to start, in this account and region or, where both stacks name theirs, in another; its
            state machine alone will do, where the orchestrator is in another app.
        stage_name: The name of the stage; its actions are named after it.
        run_input: The run's input, or a JSON file of an artifact with it. By default a run that applies, with the
            pipeline's execution as its reason.
        approval: Ask a person first.
        placement: Where the stage goes, instead of the end.

    Raises:
        ValueError: The input is longer than CodePipeline takes in a configuration.
    """
    steps: list[codepipeline.IAction] = []
    if approval is not None:
        steps.append(
            actions.ManualApprovalAction(
                action_name=f"{stage_name}Approval",
                additional_information=approval.question,
                notification_topic=approval.topic,
                external_entity_link=approval.link,
                run_order=1,
            )
        )
    machine = orchestrator.state_machine if isinstance(orchestrator, PatchOrchestrator) else orchestrator
    steps.append(invoke_action(machine, action_name=stage_name, run_input=run_input, run_order=2))
    stage = pipeline.add_stage(stage_name=stage_name, actions=steps, placement=placement)
    _acknowledge(_role_of(pipeline, stage_name), machine)
    return stage


def invoke_action(
    machine: sfn.IStateMachine,
    *,
    action_name: str,
    run_input: Mapping[str, object] | codepipeline.ArtifactPath | None,
    run_order: float,
) -> actions.StepFunctionInvokeAction:
    """An action that starts a run of a state machine; by default one that applies.

    Raises:
        ValueError: The input is longer than CodePipeline takes in a configuration.
    """
    return actions.StepFunctionInvokeAction(
        action_name=action_name,
        state_machine=machine,
        state_machine_input=_input(_REASON if run_input is None else run_input),
        execution_name_prefix=PREFIX,
        run_order=run_order,
    )


def _role_of(pipeline: codepipeline.Pipeline, stage_name: str) -> IConstruct:
    """The role of the action; for a state machine of another account it is in that account."""
    across = f"{Names.node_unique_id(pipeline.node)}-{stage_name}-{stage_name}-ActionRole"
    for stack in (found for found in pipeline.node.root.node.find_all() if Stack.is_stack(found)):
        role = stack.node.try_find_child(across)
        if role is not None:
            return role
    return pipeline.node.find_child(stage_name).node.find_child(stage_name).node.find_child("CodePipelineActionRole")


def _acknowledge(role: IConstruct, machine: sfn.IStateMachine) -> None:
    here, there = Stack.of(role), Stack.of(machine)
    arn = machine.state_machine_arn
    if here != there and here.environment == there.environment:
        arn = there.export_value(arn)
    parts = [Fn.select(number, Fn.split(":", arn)) for number in range(7)]
    executions = f"arn:{parts[1]}:states:{parts[3]}:{parts[4]}:execution:{parts[6]}:{PREFIX}*"
    reason = "CodePipeline asks how the executions end that it has started: those of this state machine with its prefix"
    acknowledge(role.node.find_child("DefaultPolicy"), {on_resource(role, executions): reason})


def _input(given: Mapping[str, object] | codepipeline.ArtifactPath) -> actions.StateMachineInput:
    if isinstance(given, codepipeline.ArtifactPath):
        return actions.StateMachineInput.file_path(given)
    length = len(json.dumps(dict(given), separators=(",", ":")))
    if length > MOST_INPUT:
        raise ValueError(
            f"the run's input has {length} characters, CodePipeline takes {MOST_INPUT}; give it as a file of an "
            "artifact: run_input=artifact.at_path('run.json')"
        )
    return actions.StateMachineInput.literal(dict(given))
