"""Somebody else's app, which has the construct in a stack of its own making."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds

from infra import DatabaseEndpoint, PatchOrchestrator

if TYPE_CHECKING:
    from pathlib import Path

HEALTH = "https://shop.example.com/api/health"
POSTGRES = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17)
AURORA = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_4)
ENVIRONMENT = cdk.Environment(account="111122223333", region="eu-central-1")
_ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


class Shop:
    """One stack with a network; databases are added as they are asked for."""

    def __init__(self, asset: Path, *, stack: cdk.Stack | None = None) -> None:
        """`asset` stands in place of the functions' own."""
        self.code = lambda_.Code.from_asset(str(asset))
        self.stack = stack or cdk.Stack(cdk.App(), "Shop", env=ENVIRONMENT)
        self.vpc = ec2.Vpc(
            self.stack,
            "Vpc",
            availability_zones=["eu-central-1a", "eu-central-1b"],
            nat_gateways=0,
            subnet_configuration=[ec2.SubnetConfiguration(name="db", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
        )

    @cached_property
    def group(self) -> ec2.ISecurityGroup:
        """That of a database from elsewhere."""
        return ec2.SecurityGroup.from_security_group_id(self.stack, "DatabaseGroup", "sg-0123")

    def endpoint(self, host: str = "shop.abc.eu-central-1.rds.amazonaws.com", **values: Any) -> DatabaseEndpoint:
        """A database as plain values."""
        given = {"name": "shop", "security_group": self.group, "resource_id": "db-ABC"} | values
        return DatabaseEndpoint(host=host, **given)

    def instance(self, **props: Any) -> rds.DatabaseInstance:
        given = {"engine": POSTGRES, "database_name": "web_shop"} | props
        return rds.DatabaseInstance(self.stack, "Instance", vpc=self.vpc, vpc_subnets=_ISOLATED, **given)

    def replica(self) -> rds.DatabaseInstanceReadReplica:
        return rds.DatabaseInstanceReadReplica(
            self.stack,
            "Replica",
            vpc=self.vpc,
            vpc_subnets=_ISOLATED,
            source_database_instance=self.instance(),
            instance_type=ec2.InstanceType("t4g.micro"),
        )

    def cluster(self, name: str = "Cluster", **props: Any) -> rds.DatabaseCluster:
        given = {"engine": AURORA, "writer": rds.ClusterInstance.serverless_v2("writer")} | props
        return rds.DatabaseCluster(
            self.stack, name, vpc=self.vpc, vpc_subnets=_ISOLATED, default_database_name="shop", **given
        )

    def imported(self, **props: Any) -> rds.IDatabaseInstance:
        """An instance of another app."""
        given = {"port": 5433, "security_groups": [self.group]} | props
        return rds.DatabaseInstance.from_database_instance_attributes(
            self.stack,
            "Imported",
            instance_identifier="shop",
            instance_endpoint_address="shop.abc.eu-central-1.rds.amazonaws.com",
            instance_resource_id="db-ABC",
            **given,
        )

    def orchestrate(self, **props: Any) -> PatchOrchestrator:
        """Add the construct."""
        given = {"vpc": self.vpc, "health_url": HEALTH, "asset": self.code} | props
        return PatchOrchestrator(self.stack, "Patches", **given)

    @property
    def template(self) -> assertions.Template:
        """The stack as it is by now."""
        return assertions.Template.from_stack(self.stack)

    def found(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of every resource of a type, by logical id."""
        return {name: item.get("Properties", {}) for name, item in self.template.find_resources(kind).items()}

    def environment(self) -> dict[str, Any]:
        """What the patcher is told."""
        functions = self.found("AWS::Lambda::Function").values()
        (variables,) = [item["Environment"]["Variables"] for item in functions if "patcher" in item.get("Handler", "")]
        found: dict[str, Any] = variables
        return found

    def statements(self, action: str) -> list[dict[str, Any]]:
        """Every statement of every policy that allows an action."""
        policies = self.found("AWS::IAM::Policy").values()
        found = [statement for item in policies for statement in item["PolicyDocument"]["Statement"]]
        return [item for item in found if action in item["Action"]]

    def reference(self, construct: Any) -> dict[str, str]:
        """How the template refers to a construct's resource."""
        return {"Ref": self.stack.get_logical_id(construct.node.default_child)}
