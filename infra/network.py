"""Where the functions run and what they may reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from .acknowledgements import acknowledge
from .database import SecretLogin
from .environment import environment_of, same_environment
from .settings import VpcEndpoint

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from .database import Login
    from .settings import ExistingNetwork

SUBNETS = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


class IsolatedVpc(Construct):
    """A VPC without any way to the internet."""

    def __init__(self, scope: Construct, construct_id: str, *, cidr: str) -> None:
        """Create it with one isolated subnet in each of two availability zones."""
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            max_azs=2,
            nat_gateways=0,
            # Emptying the default group takes a custom resource with a function; nothing uses the group.
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
            ],
        )
        acknowledge(
            self.vpc,
            {
                "AwsSolutions-VPC7": "No route leads out of it, and it holds rdspatch and a sandbox database only; "
                "for an existing VPC its owner decides"
            },
        )


def existing_vpc(scope: Construct, construct_id: str, *, settings: ExistingNetwork) -> ec2.IVpc:
    """Refer to a VPC by what the settings say, without a look-up in the account."""
    return ec2.Vpc.from_vpc_attributes(
        scope,
        construct_id,
        vpc_id=settings.vpc_id,
        availability_zones=list(settings.availability_zones),
        isolated_subnet_ids=list(settings.subnet_ids),
        isolated_subnet_route_table_ids=list(settings.route_table_ids) or None,
    )


class UnusableNetwork(ValueError):
    """The functions cannot run in the VPC as it was given; the message says what to give instead."""


def private_subnets(vpc: ec2.IVpc) -> ec2.SubnetSelection:
    """The isolated subnets of a VPC, where it has any, else those with a way out: functions get no public address.

    Raises:
        UnusableNetwork: It has public subnets only.
    """
    if vpc.isolated_subnets:
        return SUBNETS
    if not vpc.private_subnets:
        raise UnusableNetwork(
            f"{vpc.node.path} has no subnets but public ones, where a function has no address and reaches nothing "
            "outside of the VPC; give it isolated subnets, and create_endpoints=endpoints_for(login)"
        )
    return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)


def refuse_elsewhere(vpc: ec2.IVpc, scope: Construct) -> None:
    """Functions run in a VPC of their own account and region.

    Raises:
        UnusableNetwork: The VPC is in another.
    """
    if not same_environment(vpc, scope):
        raise UnusableNetwork(
            f"{vpc.node.path} is in {environment_of(vpc)} and {scope.node.path} in {environment_of(scope)}; put the "
            "PatchOrchestrator into the account and the region of the VPC"
        )


def endpoints_for(login: Login) -> AbstractSet[VpcEndpoint]:
    """The endpoints that isolated subnets need: for a login by token the audit is all that is called."""
    by_secret = {VpcEndpoint.SECRETS_MANAGER} if isinstance(login, SecretLogin) else set[VpcEndpoint]()
    return {VpcEndpoint.DYNAMODB} | by_secret


class Network(Construct):
    """The functions' security groups, and the endpoints that the VPC lacks.

    Each function has a group of its own: the health function speaks HTTP with the application, and its group
    is not let into the database.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        health_port: int,
        endpoints: AbstractSet[VpcEndpoint],
    ) -> None:
        """Create groups and endpoints.

        Args:
            scope: The construct to create them in.
            construct_id: The name of this construct there.
            vpc: The VPC of the functions.
            subnets: Their subnets, which get the interface endpoints too.
            health_port: The TCP port of the application's health address.
            endpoints: The endpoints to create.
        """
        super().__init__(scope, construct_id)
        self.patcher = self._group("Patcher", vpc, "The patcher of rdspatch")
        self.health = self._group("Health", vpc, "The health check of rdspatch")
        # DynamoDB has public addresses behind its gateway endpoint; isolated subnets route nowhere else.
        self.patcher.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS by its endpoints")
        self.health.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(health_port), "The application's health address")
        if VpcEndpoint.DYNAMODB in endpoints:
            ec2.GatewayVpcEndpoint(
                self,
                "DynamoDb",
                vpc=vpc,
                service=ec2.GatewayVpcEndpointAwsService.DYNAMODB,
                subnets=[subnets],
            )
        if VpcEndpoint.SECRETS_MANAGER in endpoints:
            self._secrets_endpoint(vpc, subnets)

    def _group(self, construct_id: str, vpc: ec2.IVpc, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, construct_id, vpc=vpc, description=description, allow_all_outbound=False)

    def _secrets_endpoint(self, vpc: ec2.IVpc, subnets: ec2.SubnetSelection) -> None:
        group = self._group("SecretsManagerGroup", vpc, "The Secrets Manager endpoint of rdspatch")
        group.add_ingress_rule(self.patcher, ec2.Port.tcp(443), "The patcher reads the database's secret")
        ec2.InterfaceVpcEndpoint(
            self,
            "SecretsManager",
            vpc=vpc,
            service=ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            subnets=subnets,
            security_groups=[group],
            open=False,
        )
