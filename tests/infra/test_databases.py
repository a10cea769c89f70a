"""Which databases the construct takes, how it reaches them, and which ones it refuses with what to give instead."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from infra import IamLogin, PatchOrchestrator, SecretLogin
from infra.unusable import UnusableDatabase
from tests.infra.shop import ENVIRONMENT, HEALTH, Shop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MYSQL = rds.DatabaseInstanceEngine.mysql(version=rds.MysqlEngineVersion.VER_8_0)
MARIADB = rds.DatabaseInstanceEngine.maria_db(version=rds.MariaDbEngineVersion.VER_10_6)
AURORA_MYSQL = rds.DatabaseClusterEngine.aurora_mysql(version=rds.AuroraMysqlEngineVersion.VER_3_04_0)
THIRTEEN = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_13)
AURORA_THIRTEEN = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.of("13.9", "13"))


def test_an_instance_is_all_that_has_to_be_said(shop: Shop) -> None:
    shop.orchestrate(database=shop.instance())
    variables = shop.environment()
    assert variables["RDSPATCH_DATABASE_NAME"] == "web_shop"
    assert variables["RDSPATCH_TARGET"] == "web-shop"
    assert variables["RDSPATCH_DATABASE_HOST"]["Fn::GetAtt"][1] == "Endpoint.Address"
    assert variables["RDSPATCH_DATABASE_PORT"]["Fn::GetAtt"][1] == "Endpoint.Port"
    assert (variables["RDSPATCH_DATABASE_AUTH"], variables["RDSPATCH_DATABASE_USER"]) == ("iam", "rdspatch")


def test_the_login_by_token_is_switched_on_and_allowed_for_one_user_of_the_instance(shop: Shop) -> None:
    shop.orchestrate(database=shop.instance(), login=IamLogin(user="mallory"))
    shop.template.has_resource_properties("AWS::RDS::DBInstance", {"EnableIAMDatabaseAuthentication": True})
    (statement,) = shop.statements("rds-db:connect")
    assert "DbiResourceId" in json.dumps(statement["Resource"])
    assert json.dumps(statement["Resource"]).count("/mallory") == 1


def test_a_cluster_is_patched_at_its_writer(shop: Shop) -> None:
    reader = rds.ClusterInstance.serverless_v2("reader", scale_with_writer=True)
    shop.orchestrate(database=shop.cluster(readers=[reader]))
    variables = shop.environment()
    assert variables["RDSPATCH_DATABASE_HOST"]["Fn::GetAtt"][1] == "Endpoint.Address"
    assert variables["RDSPATCH_DATABASE_NAME"] == "shop"
    (statement,) = shop.statements("rds-db:connect")
    assert "DBClusterResourceId" in json.dumps(statement["Resource"])


def test_a_cluster_is_made_to_take_tokens(shop: Shop) -> None:
    """Catches a user whom every login refuses: the cluster's own grant switches nothing on."""
    shop.orchestrate(database=shop.cluster())
    shop.template.has_resource_properties("AWS::RDS::DBCluster", {"EnableIAMDatabaseAuthentication": True})


def test_a_cluster_with_a_secret_is_left_as_it_is(shop: Shop) -> None:
    cluster = shop.cluster()
    assert cluster.secret is not None
    shop.orchestrate(database=cluster, login=SecretLogin(secret=cluster.secret))
    (found,) = shop.found("AWS::RDS::DBCluster").values()
    assert "EnableIAMDatabaseAuthentication" not in found


def test_an_imported_instance_works_when_the_database_is_named(shop: Shop) -> None:
    shop.orchestrate(database=shop.imported(), database_name="shop")
    variables = shop.environment()
    assert (variables["RDSPATCH_DATABASE_NAME"], variables["RDSPATCH_DATABASE_PORT"]) == ("shop", "5433")
    (statement,) = shop.statements("rds-db:connect")
    assert "db-ABC/rdspatch" in json.dumps(statement["Resource"])


def test_an_imported_instance_cannot_know_the_database(shop: Shop) -> None:
    with pytest.raises(UnusableDatabase, match="give database_name"):
        shop.orchestrate(database=shop.imported())


def test_plain_values_give_the_same(shop: Shop) -> None:
    endpoint = shop.endpoint()
    shop.orchestrate(database=endpoint)
    assert shop.environment()["RDSPATCH_DATABASE_HOST"] == endpoint.host
    (statement,) = shop.statements("rds-db:connect")
    assert json.dumps(statement["Resource"]).endswith(':rds-db:eu-central-1:111122223333:dbuser:db-ABC/rdspatch"]]}')
    shop.template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress", {"GroupId": "sg-0123", "FromPort": 5432, "ToPort": 5432}
    )


def test_a_secret_replaces_the_token(shop: Shop) -> None:
    secret = secretsmanager.Secret(shop.stack, "Login")
    shop.orchestrate(database=shop.endpoint(), login=SecretLogin(secret=secret))
    assert shop.environment()["RDSPATCH_DATABASE_AUTH"] == "secret"
    assert not shop.statements("rds-db:connect")
    (statement,) = shop.statements("secretsmanager:GetSecretValue")
    assert statement["Resource"] == shop.reference(secret)


def test_a_database_of_another_stack_makes_no_circle(asset: Path) -> None:
    """Catches a rule in the database's stack that names a group of ours, which names the database."""
    app = cdk.App()
    data, patches = (cdk.Stack(app, name, env=ENVIRONMENT) for name in ("Data", "Patches"))
    shop = Shop(asset, stack=data)
    secret = secretsmanager.Secret(data, "Secret", encryption_key=kms.Key(data, "Key"))
    databases = {"Instance": shop.instance(), "Cluster": shop.cluster(), "BySecret": shop.cluster("C2")}
    for name, database in databases.items():
        login = SecretLogin(secret=secret) if name == "BySecret" else IamLogin()
        PatchOrchestrator(
            patches,
            name,
            vpc=shop.vpc,
            database=database,
            login=login,
            target=name.lower(),
            health_url=HEALTH,
            asset=shop.code,
        )
    app.synth()
    assert patches.dependencies == [data]
    assert data.dependencies == []


@pytest.mark.parametrize("host", ["shop.proxy-abc.eu-central-1.rds.amazonaws.com", "RW.PROXY-abc.rds.amazonaws.com"])
def test_the_address_of_a_proxy_is_refused_with_the_reason(shop: Shop, host: str) -> None:
    with pytest.raises(UnusableDatabase, match=r"RDS Proxy.*locks"):
        shop.orchestrate(database=shop.endpoint(host))


def test_a_proxy_itself_is_refused_too(shop: Shop) -> None:
    instance = shop.instance()
    assert instance.secret is not None
    proxy = instance.add_proxy("Proxy", secrets=[instance.secret], vpc=shop.vpc)
    with pytest.raises(UnusableDatabase, match="RDS Proxy"):
        shop.orchestrate(database=proxy)


def test_values_without_a_resource_id_cannot_be_logged_in_to_by_token(shop: Shop) -> None:
    with pytest.raises(UnusableDatabase, match="resource_id"):
        shop.orchestrate(database=shop.endpoint(resource_id=None))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda shop: shop.instance(iam_authentication=False), "iam_authentication=False.*SecretLogin"),
        (lambda shop: shop.cluster(iam_authentication=False), "iam_authentication=False.*SecretLogin"),
        (lambda shop: shop.instance(engine=THIRTEEN), "PostgreSQL 13; .*upgrade"),
        (lambda shop: shop.cluster(engine=AURORA_THIRTEEN), r"PostgreSQL 13\.9; .*upgrade"),
        (lambda shop: shop.instance(engine=MARIADB), "runs mariadb; .*PostgreSQL only"),
        (lambda shop: shop.cluster(engine=AURORA_MYSQL), "runs aurora-mysql; .*PostgreSQL only"),
        (lambda shop: shop.imported(engine=MYSQL), "runs mysql; .*PostgreSQL only"),
        (Shop.replica, "is a read replica.*give the instance"),
        (lambda shop: shop.imported(security_groups=[]), "has no security group.*security_groups="),
        (lambda shop: shop.imported(engine=MYSQL, security_groups=[]), r"(?s)runs mysql; .*\n.*has no security group"),
        (lambda shop: shop.vpc, "is no database"),
    ],
)
def test_what_no_run_could_patch_is_refused_with_what_to_give(
    shop: Shop, make: Callable[[Shop], Any], why: str
) -> None:
    with pytest.raises(UnusableDatabase, match=why):
        shop.orchestrate(database=make(shop), database_name="shop")
