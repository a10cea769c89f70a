"""The construct in somebody else's app."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from infra import DatabaseEndpoint, HealthCheck, IamLogin, PatchOrchestrator, SecretLogin
from infra.unusable import UnusableDatabase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


HEALTH = "https://shop.example.com/api/health"
POSTGRES = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17)
AURORA = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_4)


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(account="111122223333", region="eu-central-1"))


@pytest.fixture
def vpc(stack: cdk.Stack) -> ec2.Vpc:
    return ec2.Vpc(
        stack,
        "Vpc",
        availability_zones=["eu-central-1a", "eu-central-1b"],
        nat_gateways=0,
        subnet_configuration=[ec2.SubnetConfiguration(name="db", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
    )


@pytest.fixture
def instance(stack: cdk.Stack, vpc: ec2.Vpc) -> rds.DatabaseInstance:
    return rds.DatabaseInstance(
        stack,
        "Database",
        engine=POSTGRES,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        database_name="web_shop",
    )


@pytest.fixture
def endpoint(stack: cdk.Stack) -> DatabaseEndpoint:
    return DatabaseEndpoint(
        host="shop.abc.eu-central-1.rds.amazonaws.com",
        name="shop",
        security_group=ec2.SecurityGroup.from_security_group_id(stack, "DatabaseGroup", "sg-0123"),
        resource_id="db-ABC",
    )


@pytest.fixture
def orchestrate(stack: cdk.Stack, vpc: ec2.Vpc, asset: Path) -> Callable[..., PatchOrchestrator]:
    def make(**props: Any) -> PatchOrchestrator:
        given = {"vpc": vpc, "health_url": HEALTH, "asset": lambda_.Code.from_asset(str(asset))} | props
        return PatchOrchestrator(stack, "Patches", **given)

    return make


def environment(stack: cdk.Stack) -> dict[str, Any]:
    """What the patcher is told."""
    functions = assertions.Template.from_stack(stack).find_resources("AWS::Lambda::Function")
    (variables,) = [
        item["Properties"]["Environment"]["Variables"]
        for item in functions.values()
        if "patcher" in item["Properties"].get("Handler", "")
    ]
    found: dict[str, Any] = variables
    return found


def statements(stack: cdk.Stack, action: str) -> list[dict[str, Any]]:
    """Every statement of every policy that allows an action."""
    policies = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    found = [statement for item in policies.values() for statement in item["Properties"]["PolicyDocument"]["Statement"]]
    return [item for item in found if action in item["Action"]]


def test_an_instance_is_all_that_has_to_be_said(
    stack: cdk.Stack, instance: rds.DatabaseInstance, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    orchestrate(database=instance)
    variables = environment(stack)
    assert variables["RDSPATCH_DATABASE_NAME"] == "web_shop"
    assert variables["RDSPATCH_TARGET"] == "web-shop"
    assert variables["RDSPATCH_DATABASE_HOST"]["Fn::GetAtt"][1] == "Endpoint.Address"
    assert variables["RDSPATCH_DATABASE_PORT"]["Fn::GetAtt"][1] == "Endpoint.Port"
    assert (variables["RDSPATCH_DATABASE_AUTH"], variables["RDSPATCH_DATABASE_USER"]) == ("iam", "rdspatch")


def test_the_login_by_token_is_switched_on_and_allowed_for_one_user_of_the_instance(
    stack: cdk.Stack, instance: rds.DatabaseInstance, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    orchestrate(database=instance, login=IamLogin(user="mallory"))
    template = assertions.Template.from_stack(stack)
    template.has_resource_properties("AWS::RDS::DBInstance", {"EnableIAMDatabaseAuthentication": True})
    (statement,) = statements(stack, "rds-db:connect")
    assert "DbiResourceId" in json.dumps(statement["Resource"])
    assert json.dumps(statement["Resource"]).count("/mallory") == 1


def test_a_cluster_is_patched_at_its_writer(
    stack: cdk.Stack, vpc: ec2.Vpc, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    cluster = rds.DatabaseCluster(
        stack,
        "Cluster",
        engine=AURORA,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        writer=rds.ClusterInstance.serverless_v2("writer"),
        readers=[rds.ClusterInstance.serverless_v2("reader", scale_with_writer=True)],
        default_database_name="shop",
    )
    orchestrate(database=cluster)
    variables = environment(stack)
    assert variables["RDSPATCH_DATABASE_HOST"]["Fn::GetAtt"][1] == "Endpoint.Address"
    assert variables["RDSPATCH_DATABASE_NAME"] == "shop"
    (statement,) = statements(stack, "rds-db:connect")
    assert "DBClusterResourceId" in json.dumps(statement["Resource"])


@pytest.fixture
def imported(stack: cdk.Stack) -> rds.IDatabaseInstance:
    """An instance of another stack."""
    return rds.DatabaseInstance.from_database_instance_attributes(
        stack,
        "Imported",
        instance_identifier="shop",
        instance_endpoint_address="shop.abc.eu-central-1.rds.amazonaws.com",
        instance_resource_id="db-ABC",
        port=5433,
        security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123")],
    )


def test_an_imported_instance_works_when_the_database_is_named(
    stack: cdk.Stack, imported: rds.IDatabaseInstance, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    orchestrate(database=imported, database_name="shop")
    variables = environment(stack)
    assert (variables["RDSPATCH_DATABASE_NAME"], variables["RDSPATCH_DATABASE_PORT"]) == ("shop", "5433")
    (statement,) = statements(stack, "rds-db:connect")
    assert "db-ABC/rdspatch" in json.dumps(statement["Resource"])


def test_an_imported_instance_cannot_know_the_database(
    imported: rds.IDatabaseInstance, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    with pytest.raises(UnusableDatabase, match="give database_name"):
        orchestrate(database=imported)


def test_plain_values_give_the_same(
    stack: cdk.Stack, endpoint: DatabaseEndpoint, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    orchestrate(database=endpoint)
    assert environment(stack)["RDSPATCH_DATABASE_HOST"] == endpoint.host
    (statement,) = statements(stack, "rds-db:connect")
    assert json.dumps(statement["Resource"]).endswith(':rds-db:eu-central-1:111122223333:dbuser:db-ABC/rdspatch"]]}')
    template = assertions.Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress", {"GroupId": "sg-0123", "FromPort": 5432, "ToPort": 5432}
    )


def test_a_secret_replaces_the_token(
    stack: cdk.Stack, endpoint: DatabaseEndpoint, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    secret = secretsmanager.Secret(stack, "Login")
    orchestrate(database=endpoint, login=SecretLogin(secret=secret))
    assert environment(stack)["RDSPATCH_DATABASE_AUTH"] == "secret"
    assert not statements(stack, "rds-db:connect")
    (statement,) = statements(stack, "secretsmanager:GetSecretValue")
    assert statement["Resource"] == {"Ref": stack.get_logical_id(secret.node.default_child)}


@pytest.mark.parametrize("host", ["shop.proxy-abc.eu-central-1.rds.amazonaws.com", "RW.PROXY-abc.rds.amazonaws.com"])
def test_the_address_of_a_proxy_is_refused_with_the_reason(
    stack: cdk.Stack, host: str, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123")
    values = DatabaseEndpoint(host=host, name="shop", security_group=group, resource_id="db-ABC")
    with pytest.raises(UnusableDatabase, match=r"RDS Proxy.*locks"):
        orchestrate(database=values)


def test_a_proxy_itself_is_refused_too(
    vpc: ec2.Vpc, instance: rds.DatabaseInstance, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    assert instance.secret is not None
    proxy = instance.add_proxy("Proxy", secrets=[instance.secret], vpc=vpc)
    with pytest.raises(UnusableDatabase, match="RDS Proxy"):
        orchestrate(database=proxy)


def test_values_without_a_resource_id_cannot_be_logged_in_to_by_token(
    stack: cdk.Stack, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123")
    values = DatabaseEndpoint(host="shop.example.com", name="shop", security_group=group)
    with pytest.raises(UnusableDatabase, match="resource_id"):
        orchestrate(database=values)


def test_a_cluster_is_made_to_take_tokens(
    stack: cdk.Stack, vpc: ec2.Vpc, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    """Catches a user whom every login refuses: the cluster's own grant switches nothing on."""
    orchestrate(database=_cluster(stack, vpc))
    template = assertions.Template.from_stack(stack)
    template.has_resource_properties("AWS::RDS::DBCluster", {"EnableIAMDatabaseAuthentication": True})


def test_a_cluster_with_a_secret_is_left_as_it_is(
    stack: cdk.Stack, vpc: ec2.Vpc, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    cluster = _cluster(stack, vpc)
    assert cluster.secret is not None
    orchestrate(database=cluster, login=SecretLogin(secret=cluster.secret))
    (found,) = assertions.Template.from_stack(stack).find_resources("AWS::RDS::DBCluster").values()
    assert "EnableIAMDatabaseAuthentication" not in found["Properties"]


def _cluster(stack: cdk.Stack, vpc: ec2.Vpc, *, name: str = "Cluster", **props: Any) -> rds.DatabaseCluster:
    return rds.DatabaseCluster(
        stack,
        name,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        writer=rds.ClusterInstance.serverless_v2("writer"),
        default_database_name="shop",
        **{"engine": AURORA, **props},
    )


def _instance(stack: cdk.Stack, vpc: ec2.Vpc, **props: Any) -> rds.DatabaseInstance:
    isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    return rds.DatabaseInstance(
        stack, "Instance", vpc=vpc, vpc_subnets=isolated, database_name="shop", **{"engine": POSTGRES, **props}
    )


def _replica(stack: cdk.Stack, vpc: ec2.Vpc) -> rds.DatabaseInstanceReadReplica:
    return rds.DatabaseInstanceReadReplica(
        stack,
        "Replica",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        source_database_instance=_instance(stack, vpc),
        instance_type=ec2.InstanceType("t4g.micro"),
    )


def _without_group(stack: cdk.Stack, _vpc: ec2.Vpc, **more: Any) -> rds.IDatabaseInstance:
    return rds.DatabaseInstance.from_database_instance_attributes(
        stack,
        "Imported",
        instance_identifier="shop",
        instance_endpoint_address="shop.abc.eu-central-1.rds.amazonaws.com",
        instance_resource_id="db-ABC",
        port=5432,
        **{"security_groups": [], **more},
    )


def _imported_mysql(stack: cdk.Stack, vpc: ec2.Vpc) -> rds.IDatabaseInstance:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123")
    engine = rds.DatabaseInstanceEngine.mysql(version=rds.MysqlEngineVersion.VER_8_0)
    return _without_group(stack, vpc, security_groups=[group], engine=engine)


THIRTEEN = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_13)
MARIADB = rds.DatabaseInstanceEngine.maria_db(version=rds.MariaDbEngineVersion.VER_10_6)
AURORA_MYSQL = rds.DatabaseClusterEngine.aurora_mysql(version=rds.AuroraMysqlEngineVersion.VER_3_04_0)
AURORA_THIRTEEN = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.of("13.9", "13"))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda stack, vpc: _instance(stack, vpc, iam_authentication=False), "iam_authentication=False.*SecretLogin"),
        (lambda stack, vpc: _cluster(stack, vpc, iam_authentication=False), "iam_authentication=False.*SecretLogin"),
        (lambda stack, vpc: _instance(stack, vpc, engine=THIRTEEN), "PostgreSQL 13; .*upgrade"),
        (lambda stack, vpc: _cluster(stack, vpc, engine=AURORA_THIRTEEN), r"PostgreSQL 13\.9; .*upgrade"),
        (lambda stack, vpc: _instance(stack, vpc, engine=MARIADB), "runs mariadb; .*PostgreSQL only"),
        (lambda stack, vpc: _cluster(stack, vpc, engine=AURORA_MYSQL), "runs aurora-mysql; .*PostgreSQL only"),
        (_imported_mysql, "runs mysql; .*PostgreSQL only"),
        (_replica, "is a read replica.*give the instance"),
        (_without_group, "has no security group.*security_groups="),
    ],
)
def test_a_database_that_no_run_could_patch_is_refused_with_what_to_give(
    stack: cdk.Stack,
    vpc: ec2.Vpc,
    orchestrate: Callable[..., PatchOrchestrator],
    make: Callable[[cdk.Stack, ec2.Vpc], Any],
    why: str,
) -> None:
    with pytest.raises(UnusableDatabase, match=why):
        orchestrate(database=make(stack, vpc), database_name="shop")


def test_a_database_of_another_stack_makes_no_circle(asset: Path) -> None:
    """Catches a rule in the database's stack that names a group of ours, which names the database."""
    app = cdk.App()
    environment = cdk.Environment(account="111122223333", region="eu-central-1")
    data, patches = (cdk.Stack(app, name, env=environment) for name in ("Data", "Patches"))
    vpc = ec2.Vpc(
        data,
        "Vpc",
        availability_zones=["eu-central-1a", "eu-central-1b"],
        nat_gateways=0,
        subnet_configuration=[ec2.SubnetConfiguration(name="db", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
    )
    key = kms.Key(data, "Key")
    secret = secretsmanager.Secret(data, "Secret", encryption_key=key)
    code = lambda_.Code.from_asset(str(asset))
    databases = {
        "Instance": _instance(data, vpc),
        "Cluster": _cluster(data, vpc),
        "BySecret": _cluster(data, vpc, name="C2"),
    }
    for name, database in databases.items():
        login = SecretLogin(secret=secret) if name == "BySecret" else IamLogin()
        PatchOrchestrator(
            patches, name, vpc=vpc, database=database, login=login, target=name.lower(), health_url=HEALTH, asset=code
        )
    app.synth()
    assert patches.dependencies == [data]
    assert data.dependencies == []


def test_something_that_is_no_database_is_refused(vpc: ec2.Vpc, orchestrate: Callable[..., PatchOrchestrator]) -> None:
    with pytest.raises(UnusableDatabase, match="is no database"):
        orchestrate(database=vpc)


def test_a_health_check_that_outlives_its_function_is_refused(
    endpoint: DatabaseEndpoint, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    with pytest.raises(ValueError, match="fit in 110 s"):
        orchestrate(database=endpoint, health_url=HealthCheck(url=HEALTH, attempts=20))


@pytest.mark.parametrize("url", ["", "shop.example.com/api/health", "ftp://shop.example.com/", "https:///api/health"])
def test_an_address_that_is_no_url_is_refused(
    endpoint: DatabaseEndpoint, orchestrate: Callable[..., PatchOrchestrator], url: str
) -> None:
    with pytest.raises(ValueError, match="has to look like https://host/api/health"):
        orchestrate(database=endpoint, health_url=url)


def test_a_name_that_cannot_be_a_target_is_asked_for(
    endpoint: DatabaseEndpoint, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    with pytest.raises(ValueError, match="give target="):
        orchestrate(database=endpoint, database_name="1st")


def test_the_functions_run_in_the_isolated_subnets(
    stack: cdk.Stack, vpc: ec2.Vpc, endpoint: DatabaseEndpoint, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    orchestrate(database=endpoint)
    isolated = [{"Ref": stack.get_logical_id(subnet.node.default_child)} for subnet in vpc.isolated_subnets]
    functions = assertions.Template.from_stack(stack).find_resources("AWS::Lambda::Function")
    used = [item["Properties"]["VpcConfig"]["SubnetIds"] for item in functions.values()]
    assert used == [isolated, isolated]


def test_who_may_start_may_do_nothing_else(
    stack: cdk.Stack, endpoint: DatabaseEndpoint, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    person = iam.Role(stack, "Person", assumed_by=iam.AccountRootPrincipal())
    built = orchestrate(database=endpoint)
    built.grant_start(person)
    policies = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    role = {"Ref": stack.get_logical_id(person.node.default_child)}
    (own,) = [item["Properties"] for item in policies.values() if role in item["Properties"]["Roles"]]
    (statement,) = own["PolicyDocument"]["Statement"]
    machine = stack.get_logical_id(built.state_machine.node.default_child)
    assert (statement["Action"], statement["Resource"]) == ("states:StartExecution", {"Ref": machine})


def test_drift_can_be_repaired_at_further_times(
    stack: cdk.Stack, endpoint: DatabaseEndpoint, orchestrate: Callable[..., PatchOrchestrator]
) -> None:
    orchestrate(database=endpoint).add_schedule("Noon", expression="cron(0 12 * * ? *)")
    schedules = assertions.Template.from_stack(stack).find_resources("AWS::Scheduler::Schedule")
    found = {item["Properties"]["ScheduleExpression"] for item in schedules.values()}
    assert found == {"cron(17 3 * * ? *)", "cron(0 12 * * ? *)"}
    alarms = assertions.Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm")
    assert [name for name in alarms if "NoonFailureAlarm" in name]


def test_every_name_that_is_offered_is_there() -> None:
    import infra  # noqa: PLC0415 - the package itself

    assert all(getattr(infra, name) is not None for name in infra.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Patches'"):
        _ = infra.Patches
