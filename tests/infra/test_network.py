from __future__ import annotations

from typing import Any

import pytest

INTERNET = {
    "AWS::EC2::InternetGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::Route",
}


def endpoint_services(template: Any) -> set[str]:
    if "AWS::EC2::VPCEndpoint" not in template.types():
        return set()
    found = template.of_type("AWS::EC2::VPCEndpoint").values()
    return {template.resolve(item["Properties"]["ServiceName"]).rpartition(".")[2] for item in found}


@pytest.mark.parametrize("stage", ["sandbox", "existing", "token", "fresh_token"])
def test_no_stage_opens_a_way_to_the_internet(stage: str, request: pytest.FixtureRequest) -> None:
    template = request.getfixturevalue(stage)
    assert not template.types() & INTERNET


def test_new_subnets_give_no_public_addresses(sandbox: Any) -> None:
    subnets = sandbox.of_type("AWS::EC2::Subnet").values()
    assert [item["Properties"]["MapPublicIpOnLaunch"] for item in subnets] == [False, False]


@pytest.mark.parametrize(
    ("stage", "services"),
    [
        ("sandbox", {"dynamodb", "secretsmanager"}),
        ("fresh_token", {"dynamodb"}),
        ("existing", set()),
        ("token", {"dynamodb"}),
    ],
)
def test_just_the_endpoints_that_the_login_needs(
    stage: str, services: set[str], request: pytest.FixtureRequest
) -> None:
    assert endpoint_services(request.getfixturevalue(stage)) == services


def test_an_existing_network_is_used_as_described(existing: Any) -> None:
    assert "AWS::EC2::VPC" not in existing.types()
    for name in ("patcher", "health"):
        subnets = existing.function(name)["VpcConfig"]["SubnetIds"]
        assert subnets == ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"]


@pytest.mark.parametrize("stage", ["sandbox", "existing"])
def test_only_the_patcher_is_let_into_the_database(stage: str, request: pytest.FixtureRequest) -> None:
    """Catches a health function, which reads answers of strangers, that can talk to the database."""
    template = request.getfixturevalue(stage)
    sources = [
        rule["Properties"]["SourceSecurityGroupId"]
        for rule in template.of_type("AWS::EC2::SecurityGroupIngress").values()
        if template.resolve(rule["Properties"]["FromPort"]) == "5432"
    ]
    (patcher,) = template.function("patcher")["VpcConfig"]["SecurityGroupIds"]
    (health,) = template.function("health")["VpcConfig"]["SecurityGroupIds"]
    assert sources == [patcher]
    assert patcher != health


def test_the_existing_database_group_gets_the_rule(existing: Any) -> None:
    rule = existing.only("AWS::EC2::SecurityGroupIngress")["Properties"]
    assert rule["GroupId"] == "sg-0a1b2c3d4e5f60718"
    assert (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (5432, 5432, "tcp")


@pytest.mark.parametrize(("stage", "port"), [("sandbox", 8000), ("existing", 443)])
def test_the_health_function_reaches_the_port_of_its_address_and_nothing_else(
    stage: str, port: int, request: pytest.FixtureRequest
) -> None:
    template = request.getfixturevalue(stage)
    (reference,) = template.function("health")["VpcConfig"]["SecurityGroupIds"]
    group = template.resources[reference["Fn::GetAtt"][0]]["Properties"]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [(port, port)]


@pytest.mark.parametrize("stage", ["sandbox", "existing", "token", "fresh_token"])
def test_nothing_is_open_to_everybody(stage: str, request: pytest.FixtureRequest) -> None:
    template = request.getfixturevalue(stage)
    for group in template.of_type("AWS::EC2::SecurityGroup").values():
        assert "SecurityGroupIngress" not in group["Properties"]
        assert all(rule["IpProtocol"] != "-1" for rule in group["Properties"]["SecurityGroupEgress"])
    for rule in template.of_type("AWS::EC2::SecurityGroupIngress").values():
        assert "SourceSecurityGroupId" in rule["Properties"]


def test_the_new_database_is_encrypted_private_and_survives_its_stack(sandbox: Any) -> None:
    database = sandbox.only("AWS::RDS::DBInstance")
    assert database["Properties"]["StorageEncrypted"] is True
    assert database["Properties"]["PubliclyAccessible"] is False
    assert int(database["Properties"]["EngineVersion"].split(".")[0]) >= 16
    assert "resolve:secretsmanager" in sandbox.resolve(database["Properties"]["MasterUserPassword"])
    assert database["DeletionPolicy"] == "Snapshot"


def test_the_new_database_takes_tokens_when_the_login_is_iam(sandbox: Any, fresh_token: Any) -> None:
    assert fresh_token.only("AWS::RDS::DBInstance")["Properties"]["EnableIAMDatabaseAuthentication"] is True
    assert sandbox.only("AWS::RDS::DBInstance")["Properties"]["EnableIAMDatabaseAuthentication"] is False
