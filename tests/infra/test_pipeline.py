from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as codepipeline_actions
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn

from infra import app
from infra.context import BadContext
from infra.pipeline import ManualApproval, patch_stage
from infra.pipeline_settings import parse_pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MACHINE = "arn:aws:states:eu-central-1:111122223333:stateMachine:patches"
SEVEN_DAYS = 7 * 24 * 3600


@pytest.fixture(scope="module")
def delivery(
    context: dict[str, Any], asset: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """The templates of the example's pipeline and of what it delivers, by the stage's name."""
    outdir = tmp_path_factory.mktemp("pipeline")
    app.build(copy.deepcopy(context) | {"stage": "pipeline", "asset": str(asset)}, outdir).synth()
    return {
        stage: json.loads((outdir / f"rdspatch-{stage}.template.json").read_text(encoding="utf-8"))["Resources"]
        for stage in ("pipeline", "existing")
    }


def of_type(resources: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [item["Properties"] for item in resources.values() if item["Type"] == kind]
    assert found, f"no {kind}"
    return found


def stages_of(delivery: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    (pipeline,) = of_type(delivery["pipeline"], "AWS::CodePipeline::Pipeline")
    return {stage["Name"]: stage["Actions"] for stage in pipeline["Stages"]}


def commands_of(delivery: Mapping[str, Any], action: Mapping[str, Any]) -> list[str]:
    project = delivery["pipeline"][action["Configuration"]["ProjectName"]["Ref"]]
    commands: list[str] = json.loads(project["Properties"]["Source"]["BuildSpec"])["phases"]["build"]["commands"]
    return commands


def test_the_patches_come_after_the_deployment(delivery: Mapping[str, Any]) -> None:
    assert list(stages_of(delivery)) == ["Source", "Build", "Deploy", "Patch"]


def test_a_newer_push_waits_for_the_run_before_it(delivery: Mapping[str, Any]) -> None:
    (pipeline,) = of_type(delivery["pipeline"], "AWS::CodePipeline::Pipeline")
    assert (pipeline["PipelineType"], pipeline["ExecutionMode"]) == ("V2", "QUEUED")


def test_the_build_refuses_red_tests_and_a_stale_lock_file(delivery: Mapping[str, Any]) -> None:
    (build,) = stages_of(delivery)["Build"]
    assert commands_of(delivery, build) == ["make test", ".venv/bin/rdspatch lock --check", "make synth"]


def test_what_was_built_is_what_is_deployed(delivery: Mapping[str, Any]) -> None:
    (build,), (deploy,) = stages_of(delivery)["Build"], stages_of(delivery)["Deploy"]
    assert deploy["InputArtifacts"] == build["OutputArtifacts"]
    (command,) = commands_of(delivery, deploy)
    assert "--app ." in command
    assert command.endswith(" rdspatch-existing")


def test_a_person_is_asked_first(delivery: Mapping[str, Any]) -> None:
    approval, patch = sorted(stages_of(delivery)["Patch"], key=lambda action: action["RunOrder"])
    assert (approval["ActionTypeId"]["Provider"], patch["ActionTypeId"]["Provider"]) == ("Manual", "StepFunctions")
    assert "meshapp" in approval["Configuration"]["CustomData"]


def test_the_run_says_which_pipeline_execution_it_belongs_to(delivery: Mapping[str, Any]) -> None:
    *_, patch = stages_of(delivery)["Patch"]
    configuration = patch["Configuration"]
    assert (configuration["InputType"], configuration["ExecutionNamePrefix"]) == ("Literal", "pipeline")
    assert json.loads(configuration["Input"]) == {
        "reason": "pipeline execution #{codepipeline.PipelineExecutionId}",
    }


def test_the_run_ends_before_the_pipeline_gives_up(delivery: Mapping[str, Any]) -> None:
    """Catches an express state machine, whose end nobody sees, and a run that goes on behind a failed stage."""
    machines = of_type(delivery["existing"], "AWS::StepFunctions::StateMachine")
    for machine in machines:
        assert machine["StateMachineType"] == "STANDARD"
        assert '"TimeoutSeconds":' in json.dumps(machine["DefinitionString"]).replace("\\", "")
    (machine,) = [item for item in machines if "RecordStarted" in json.dumps(item["DefinitionString"])]
    tail = json.dumps(machine["DefinitionString"]).replace("\\", "").rpartition('"TimeoutSeconds":')[2]
    assert int(tail.split(",")[0].split("}")[0]) < SEVEN_DAYS


def test_the_deployment_may_be_the_roles_of_the_bootstrap_and_nothing_else(delivery: Mapping[str, Any]) -> None:
    assumed = [
        json.dumps(resource)
        for policy in of_type(delivery["pipeline"], "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "sts:AssumeRole"
        for resource in (statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]])
        if "Fn::GetAtt" not in resource
    ]
    assert [name.partition("role/")[2].split("-111122223333")[0] for name in assumed] == [
        "cdk-hnb659fds-deploy-role",
        "cdk-hnb659fds-file-publishing-role",
    ]


def test_artifacts_are_encrypted_private_and_forgotten(delivery: Mapping[str, Any]) -> None:
    (bucket,) = of_type(delivery["pipeline"], "AWS::S3::Bucket")
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert [rule["ExpirationInDays"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == [90]


def test_nothing_of_the_pipeline_has_a_physical_name(delivery: Mapping[str, Any]) -> None:
    inside = {"PolicyName"}  # an inline policy is named within its role
    for logical_id, resource in delivery["pipeline"].items():
        named = {
            key for key, value in resource["Properties"].items() if key.endswith("Name") and isinstance(value, str)
        }
        assert named <= inside, logical_id


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(account="111122223333", region="eu-central-1"))


@pytest.fixture
def pipeline(stack: cdk.Stack) -> codepipeline.Pipeline:
    """The pipeline of another project, with a source."""
    made = codepipeline.Pipeline(stack, "Pipeline", pipeline_type=codepipeline.PipelineType.V2)
    source = codepipeline_actions.S3SourceAction(
        action_name="Source",
        bucket=s3.Bucket.from_bucket_name(stack, "Bucket", "sources"),
        bucket_key="source.zip",
        output=codepipeline.Artifact("source"),
    )
    made.add_stage(stage_name="Source", actions=[source])
    return made


@pytest.fixture
def machine(stack: cdk.Stack) -> sfn.IStateMachine:
    return sfn.StateMachine.from_state_machine_arn(stack, "Machine", MACHINE)


def actions_of(stack: cdk.Stack) -> list[dict[str, Any]]:
    """What the last stage does."""
    found = assertions.Template.from_stack(stack).find_resources("AWS::CodePipeline::Pipeline")
    ((made),) = found.values()
    actions: list[dict[str, Any]] = made["Properties"]["Stages"][-1]["Actions"]
    return actions


def test_an_orchestrator_of_another_app_can_be_started(
    stack: cdk.Stack, pipeline: codepipeline.Pipeline, machine: sfn.IStateMachine
) -> None:
    patch_stage(pipeline, machine, run_input={"mode": "plan"})
    (action,) = actions_of(stack)
    assert action["Configuration"]["StateMachineArn"] == MACHINE
    assert json.loads(action["Configuration"]["Input"]) == {"mode": "plan"}


def test_an_input_that_codepipeline_would_refuse_is_refused_here(
    pipeline: codepipeline.Pipeline, machine: sfn.IStateMachine
) -> None:
    with pytest.raises(ValueError, match=r"1014 characters.*at_path"):
        patch_stage(pipeline, machine, run_input={"reason": "x" * 1_001})


def test_a_file_of_an_artifact_can_be_the_input(
    stack: cdk.Stack, pipeline: codepipeline.Pipeline, machine: sfn.IStateMachine
) -> None:
    patch_stage(pipeline, machine, run_input=codepipeline.Artifact("source").at_path("run.json"))
    (action,) = actions_of(stack)
    assert (action["Configuration"]["InputType"], action["Configuration"]["Input"]) == ("FilePath", "source::run.json")
    assert action["InputArtifacts"] == [{"Name": "source"}]


def test_the_question_is_the_callers(
    stack: cdk.Stack, pipeline: codepipeline.Pipeline, machine: sfn.IStateMachine
) -> None:
    patch_stage(pipeline, machine, approval=ManualApproval(question="Now?", link="https://example.com/pull/7"))
    asked, _ = actions_of(stack)
    assert asked["Configuration"] == {"CustomData": "Now?", "ExternalEntityLink": "https://example.com/pull/7"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"connection_arn": "arn:aws:iam::111122223333:role/x"}, "pipeline.connection_arn"),
        ({"repository": "just-a-name"}, "pipeline.repository"),
        ({"deploys": "production"}, "stage"),
        ({"deploys": "pipeline"}, "pipeline.deploys"),
        ({"ask": "yes"}, "pipeline.ask"),
        ({"asks": True}, "pipeline.asks"),
    ],
)
def test_a_mistake_in_a_pipeline_stage_is_named(context: dict[str, Any], change: dict[str, Any], where: str) -> None:
    stages = copy.deepcopy(context["rdspatch:stages"])
    stages["pipeline"] |= change
    with pytest.raises(BadContext) as caught:
        parse_pipeline(stages, "pipeline")
    assert [problem.removeprefix("rdspatch:stages.").split(":")[0] for problem in caught.value.problems] == [where]
