"""Every state machine that the construct can make, by what a stage may choose."""

from __future__ import annotations

import itertools
import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn

from infra.gates import Rules
from infra.policies import HAZARDS, Approval, Snapshot, SnapshotPolicy
from infra.snapshot_source import SnapshotSource
from infra.terminal import TerminalRecord
from infra.triggers import NightlyRepair
from infra.workflow import PatchWorkflow

if TYPE_CHECKING:
    from collections.abc import Iterator

ARN: Final = "arn:aws:{}:eu-central-1:111122223333:{}"
SOURCES: Final = {
    "nothing": None,
    "an instance": SnapshotSource(identifier="shop", is_cluster=False),
    "a cluster": SnapshotSource(identifier="shop", is_cluster=True),
}
APPROVALS: Final = {"nothing": (), "one hazard": HAZARDS[:1], "all hazards": HAZARDS}
WORKFLOWS: Final = [
    f"snapshot {policy.value} of {source}, approval of {approval}"
    for policy, source, approval in itertools.product(SnapshotPolicy, SOURCES, APPROVALS)
]
HELPERS: Final = ["the terminal record", "the scheduled start"]
ALL: Final = [*WORKFLOWS, *HELPERS]


@cache
def definitions() -> dict[str, dict[str, Any]]:
    """The definition of each of `ALL`; references of CloudFormation are replaced by their names."""
    return dict(_made())


def _made() -> Iterator[tuple[str, dict[str, Any]]]:
    app = cdk.App()
    chosen = itertools.product(SnapshotPolicy, SOURCES.values(), APPROVALS.values())
    for number, (name, (policy, source, hazards)) in enumerate(zip(WORKFLOWS, chosen, strict=True)):
        stack = cdk.Stack(app, f"Workflow{number}")
        table, topic = _table(stack), _topic(stack)
        function = lambda_.Function.from_function_arn(stack, "Function", ARN.format("lambda", "function:shop"))
        rules = Rules(
            approval=Approval(hazards=hazards),
            questions=table if hazards else None,
            snapshot=Snapshot(policy=policy),
            source=source,
        )
        workflow = PatchWorkflow(
            stack,
            "Workflow",
            target="shop",
            patcher=function,
            health=function,
            audit_table=table,
            topic=topic,
            rules=rules,
        )
        yield name, _definition(stack, workflow.state_machine)
    stack = cdk.Stack(app, "Helpers")
    table, topic = _table(stack), _topic(stack)
    run = sfn.StateMachine.from_state_machine_arn(stack, "Run", ARN.format("states", "stateMachine:shop"))
    terminal = TerminalRecord(stack, "Terminal", target="shop", workflow=run, audit_table=table, topic=topic)
    yield HELPERS[0], _definition(stack, terminal.state_machine)
    nightly = NightlyRepair(stack, "Nightly", target="shop", expression="rate(1 day)", workflow=run, topic=topic)
    yield HELPERS[1], _definition(stack, nightly.state_machine)


def _table(stack: cdk.Stack) -> dynamodb.ITable:
    return dynamodb.Table.from_table_arn(stack, "Table", ARN.format("dynamodb", "table/shop"))


def _topic(stack: cdk.Stack) -> sns.ITopic:
    return sns.Topic.from_topic_arn(stack, "Topic", ARN.format("sns", "shop"))


def _definition(stack: cdk.Stack, machine: sfn.StateMachine) -> dict[str, Any]:
    resource = machine.node.default_child
    assert isinstance(resource, sfn.CfnStateMachine)
    definition: dict[str, Any] = json.loads(_text(stack.resolve(resource.definition_string)))
    return definition


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Ref": "AWS::Region"}:
            return "eu-central-1"
        case {"Ref": name}:
            return str(name)
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_text(part) for part in parts)
    raise AssertionError(f"a definition holds {value!r}")
