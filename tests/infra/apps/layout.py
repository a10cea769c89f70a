"""The parts that apps of other people are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from infra import (
    DatabaseEndpoint,
    PatchOrchestrator,
    SecretLogin,
)
from tests.infra.shop import AURORA, HEALTH, POSTGRES

if TYPE_CHECKING:
    from pathlib import Path

HERE: Final = cdk.Environment(account="111122223333", region="eu-central-1")
ABROAD: Final = cdk.Environment(account="111122223333", region="us-east-1")
OTHERS: Final = cdk.Environment(account="444455556666", region="eu-central-1")
GROUP: Final = "sg-0a1b2c3d4e5f60718"
HOST: Final = "shop.abc.eu-central-1.rds.amazonaws.com"
ISOLATED: Final = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


class Layout:
    """Makes the parts of an app."""

    def __init__(self, app: cdk.App, asset: Path) -> None:
        """`asset` stands in place of the functions' own."""
        self.app = app
        self.asset = str(asset)

    def stack(self, name: str = "Shop", env: cdk.Environment | None = None, **props: Any) -> cdk.Stack:
        return cdk.Stack(self.app, name, env=env, **props)

    def patched(self, stack: cdk.Stack, **props: Any) -> PatchOrchestrator:
        """The orchestrator of a new instance in a new network of the stack."""
        vpc = ec2.Vpc(stack, "Vpc")
        return self.patches(stack, vpc=vpc, database=instance(stack, vpc), **props)

    def patches(self, stack: cdk.Stack, name: str = "Patches", **props: Any) -> PatchOrchestrator:
        code = lambda_.Code.from_asset(self.asset)
        return PatchOrchestrator(stack, name, **{"health_url": HEALTH, "asset": code} | props)


def instance(stack: cdk.Stack, vpc: ec2.IVpc, name: str = "Database", **props: Any) -> rds.DatabaseInstance:
    return rds.DatabaseInstance(stack, name, **{"engine": POSTGRES, "vpc": vpc, "database_name": "shop"} | props)


def cluster(stack: cdk.Stack, vpc: ec2.IVpc, **props: Any) -> rds.DatabaseCluster:
    given = {"engine": AURORA, "vpc": vpc, "default_database_name": "shop"}
    return rds.DatabaseCluster(stack, "Database", **given | {"writer": rds.ClusterInstance.provisioned("w")} | props)


def group(stack: cdk.Stack) -> ec2.ISecurityGroup:
    return ec2.SecurityGroup.from_security_group_id(stack, "DatabaseGroup", GROUP)


def imported_instance(stack: cdk.Stack, **props: Any) -> rds.IDatabaseInstance:
    given = {"instance_identifier": "shop", "instance_endpoint_address": HOST, "port": 5432}
    given |= {"security_groups": [group(stack)], "instance_resource_id": "db-ABC"}
    return rds.DatabaseInstance.from_database_instance_attributes(stack, "Database", **given | props)


def imported_cluster(stack: cdk.Stack, **props: Any) -> rds.IDatabaseCluster:
    given = {"cluster_identifier": "shop", "cluster_endpoint_address": HOST, "port": 5432}
    given |= {"security_groups": [group(stack)], "cluster_resource_identifier": "cluster-ABC"}
    return rds.DatabaseCluster.from_database_cluster_attributes(stack, "Database", **given | props)


def secret(stack: cdk.Stack) -> SecretLogin:
    """A login that somebody made elsewhere."""
    return SecretLogin(secret=secretsmanager.Secret.from_secret_name_v2(stack, "Login", "shop/rdspatch"))


def several_zones_cluster(stack: cdk.Stack) -> tuple[DatabaseEndpoint, str]:
    """The endpoint and the identifier of a cluster for which the CDK has no class."""
    made = rds.CfnDBCluster(
        stack,
        "Database",
        engine="postgres",
        engine_version="16.8",
        db_cluster_instance_class="db.m6gd.large",
        allocated_storage=100,
        storage_type="io1",
        iops=1000,
        master_username="master",
        manage_master_user_password=True,
    )
    endpoint = DatabaseEndpoint(
        host=made.attr_endpoint_address,
        name="shop",
        security_group=group(stack),
    )
    return endpoint, made.ref
