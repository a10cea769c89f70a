"""The templates of every stage, deployed by a simulated CloudFormation as far as it knows the types."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation.parsing import get_model_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

# The simulation has no code for these, so they are left out of what it is given.
NOT_SIMULATED = {
    "AWS::CloudWatch::Alarm",
    "AWS::CodeBuild::Project",
    "AWS::CodePipeline::Pipeline",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "AWS::SecretsManager::Secret",
    "AWS::SecretsManager::SecretTargetAttachment",
}
REGION = "eu-central-1"


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload] # a name that is not literal


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account with the bootstrap of the CDK."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
        yield


@pytest.fixture(scope="session")
def assembly(context: dict[str, Any], asset: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Synthesizes a stage of the project's own cdk.json."""
    from infra import app  # noqa: PLC0415 - starts Node

    def make(stage: str) -> Path:
        outdir = tmp_path_factory.mktemp(stage)
        app.build(copy.deepcopy(context) | {"stage": stage, "asset": str(asset)}, outdir).synth()
        return outdir

    return make


def with_what_is_there_already(text: str) -> str:
    """Put the ids of a network of this account in place of those that cdk.json makes up."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="database", Description="database", VpcId=vpc)["GroupId"]
    first, second = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"] for number in (1, 2)
    )
    found = {
        "vpc-0a1b2c3d4e5f60718": vpc,
        "sg-0a1b2c3d4e5f60718": group,
        "subnet-0a1b2c3d4e5f60718": first,
        "subnet-0b1c2d3e4f5061728": second,
    }
    for old, new in found.items():
        text = text.replace(old, new)
    return text


def simulated_part(template: dict[str, Any]) -> dict[str, Any]:
    """The template without what is not simulated; references to that become plain texts."""
    left_out = {name for name, item in template["Resources"].items() if item["Type"] in NOT_SIMULATED}

    def without(value: Any) -> Any:
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]} if name in left_out:
                return f"arn:aws:simulated:{REGION}:111122223333:{name}"
            case {"Fn::ImportValue": name}:
                return f"arn:aws:states:{REGION}:111122223333:stateMachine:{name}"
            case dict():
                return {key: without(item) for key, item in value.items()}
            case list():
                return [without(item) for item in value if not (isinstance(item, str) and item in left_out)]
        return value

    kept = {name: without(item) for name, item in template["Resources"].items() if name not in left_out}
    return {**template, "Resources": kept, "Outputs": {}}


@pytest.mark.parametrize(
    ("stage", "stack"),
    [("sandbox", "sandbox"), ("existing", "existing"), ("pipeline", "existing"), ("pipeline", "pipeline")],
)
@pytest.mark.usefixtures("account")
def test_a_stage_deploys(stage: str, stack: str, assembly: Callable[[str], Path]) -> None:
    """Catches a reference that leads nowhere, a policy without resources, a loop of dependencies."""
    text = (assembly(stage) / f"rdspatch-{stack}.template.json").read_text(encoding="utf-8")
    template = simulated_part(json.loads(with_what_is_there_already(text)))
    for function in template["Resources"].values():
        if function["Type"] == "AWS::Lambda::Function":
            function["Properties"]["Code"] = {"ZipFile": "def handler(event, context): ..."}
    cloudformation = client("cloudformation")
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    (made,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    assert made["StackStatus"] == "CREATE_COMPLETE"
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    created = {item["LogicalResourceId"] for page in pages for item in page["StackResourceSummaries"]}
    assert created == set(template["Resources"])


@pytest.mark.usefixtures("account")
def test_only_what_the_simulation_cannot_make_is_left_out() -> None:
    assert not NOT_SIMULATED & set(get_model_map())
