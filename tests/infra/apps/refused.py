"""Apps that could not work, and what the construct says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds

from tests.infra.shop import AURORA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

from tests.infra.apps.deliveries import cdk_pipelines
from tests.infra.apps.layout import (
    ABROAD,
    HERE,
    OTHERS,
    Layout,
    imported_cluster,
    imported_instance,
    instance,
    secret,
    several_zones_cluster,
)


def a_cluster_of_the_first_serverless(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    database: Any = rds.ServerlessCluster(stack, "Database", engine=AURORA, vpc=vpc, default_database_name="shop")
    layout.patches(stack, vpc=vpc, database=database)


def an_imported_cluster_without_its_address(layout: Layout) -> None:
    stack = layout.stack()
    database = imported_cluster(stack, cluster_endpoint_address=None)
    layout.patches(stack, vpc=ec2.Vpc(stack, "Vpc"), database=database, database_name="shop")


def an_imported_cluster_without_its_id(layout: Layout) -> None:
    stack = layout.stack()
    database = imported_cluster(stack, cluster_resource_identifier=None)
    layout.patches(stack, vpc=ec2.Vpc(stack, "Vpc"), database=database, database_name="shop")


def an_imported_instance_without_its_id(layout: Layout) -> None:
    stack = layout.stack()
    database = imported_instance(stack, instance_resource_id=None)
    layout.patches(stack, vpc=ec2.Vpc(stack, "Vpc"), database=database, database_name="shop")


def a_cluster_as_a_resource(layout: Layout) -> None:
    stack = layout.stack()
    database: Any = rds.CfnDBCluster(stack, "Database", engine="postgres")
    layout.patches(stack, vpc=ec2.Vpc(stack, "Vpc"), database=database)


def an_address_that_is_not_known_yet(layout: Layout) -> None:
    stack = layout.stack()
    endpoint, _ = several_zones_cluster(stack)
    layout.patches(stack, vpc=ec2.Vpc(stack, "Vpc"), database=endpoint, login=secret(stack))


def public_subnets_only(layout: Layout) -> None:
    stack = layout.stack()
    subnets = [ec2.SubnetConfiguration(name="public", subnet_type=ec2.SubnetType.PUBLIC)]
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=subnets)
    public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    layout.patches(stack, vpc=vpc, database=instance(stack, vpc, vpc_subnets=public))


def a_database_of_another_region(layout: Layout) -> None:
    data = layout.stack("Data", HERE, cross_region_references=True)
    stack = layout.stack(env=ABROAD, cross_region_references=True)
    layout.patches(stack, vpc=ec2.Vpc(stack, "Vpc"), database=instance(data, ec2.Vpc(data, "Vpc")))


def a_network_of_another_account(layout: Layout) -> None:
    vpc = ec2.Vpc(layout.stack("Network", OTHERS), "Vpc")
    stack = layout.stack(env=HERE)
    layout.patches(stack, vpc=vpc, database=imported_instance(stack), database_name="shop")


def a_name_that_is_a_parameter(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    name = cdk.CfnParameter(stack, "Name").value_as_string
    layout.patches(stack, vpc=vpc, database=instance(stack, vpc, database_name=name))


def cdk_pipelines_without_a_name(layout: Layout) -> None:
    cdk_pipelines(layout, name=None)


def cdk_pipelines_to_anywhere(layout: Layout) -> None:
    cdk_pipelines(layout, to=cdk.Environment())


REFUSED: Final[Mapping[Callable[[Layout], None], str]] = {
    a_cluster_of_the_first_serverless: "Serverless v1 .*; move it to Serverless v2",
    an_imported_cluster_without_its_address: "imported without its address; give cluster_endpoint_address= and port=",
    an_imported_cluster_without_its_id: r"give cluster_resource_identifier=, or login=SecretLogin\(",
    an_imported_instance_without_its_id: r"give instance_resource_id=, or login=SecretLogin\(",
    a_cluster_as_a_resource: "CfnDBCluster is no database; give .* a DatabaseEndpoint",
    an_address_that_is_not_known_yet: "an address of the deployment does not say .*; give .*cluster=",
    public_subnets_only: "no subnets but public ones.*; give it isolated subnets",
    a_database_of_another_region: "Data/Database is in .*/eu-central-1 and Shop/Patches in .*/us-east-1; put",
    a_network_of_another_account: "Network/Vpc is in 444455556666/.* and Shop/Patches in 111122223333/.*; put",
    a_name_that_is_a_parameter: "known at deployment only; give target=",
    cdk_pipelines_without_a_name: "no name that a pipeline could know; give state_machine_name=",
    cdk_pipelines_to_anywhere: "names no account and region; give the stage or the stack env=",
}
"""By what the refusal says."""
