"""Apps by where the database, the network and the patches are."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds

from infra import (
    Approval,
    IamLogin,
    Repair,
    SecretLogin,
    Snapshot,
    SnapshotPolicy,
    endpoints_for,
)
from tests.infra.apps.layout import (
    HERE,
    ISOLATED,
    Layout,
    cluster,
    imported_cluster,
    imported_instance,
    instance,
    secret,
    several_zones_cluster,
)
from tests.infra.shop import AURORA, POSTGRES


def plain(layout: Layout) -> None:
    layout.patched(layout.stack())


def plain_by_secret(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    database = instance(stack, vpc)
    assert database.secret is not None
    layout.patches(stack, vpc=vpc, database=database, login=SecretLogin(secret=database.secret))


def everything_off(layout: Layout) -> None:
    layout.patched(
        layout.stack(),
        repair=Repair(schedule=None),
        snapshot=Snapshot(policy=SnapshotPolicy.NEVER),
        approval=Approval(hazards=()),
    )


def several_zones(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    layout.patches(stack, vpc=vpc, database=instance(stack, vpc, multi_az=True))


def from_a_snapshot(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    database = rds.DatabaseInstanceFromSnapshot(stack, "Database", engine=POSTGRES, vpc=vpc, snapshot_identifier="s")
    layout.patches(stack, vpc=vpc, database=database, database_name="shop")


def aurora(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    layout.patches(stack, vpc=vpc, database=cluster(stack, vpc))


def aurora_from_a_snapshot(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    writer = rds.ClusterInstance.provisioned("w")
    database = rds.DatabaseClusterFromSnapshot(
        stack, "Database", engine=AURORA, vpc=vpc, writer=writer, snapshot_identifier="s"
    )
    layout.patches(stack, vpc=vpc, database=database, database_name="shop")


def serverless_that_pauses(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    writer = rds.ClusterInstance.serverless_v2("w")
    layout.patches(stack, vpc=vpc, database=cluster(stack, vpc, writer=writer, serverless_v2_min_capacity=0))


def cluster_in_several_zones(layout: Layout) -> None:
    stack = layout.stack()
    endpoint, identifier = several_zones_cluster(stack)
    snapshot = Snapshot(cluster=identifier)
    layout.patches(stack, vpc=ec2.Vpc(stack, "Vpc"), database=endpoint, login=secret(stack), snapshot=snapshot)


def an_imported_instance(layout: Layout) -> None:
    stack = layout.stack()
    layout.patches(stack, vpc=ec2.Vpc(stack, "Vpc"), database=imported_instance(stack), database_name="shop")


def an_imported_cluster(layout: Layout) -> None:
    stack = layout.stack()
    database = imported_cluster(stack, engine=AURORA)
    layout.patches(stack, vpc=ec2.Vpc(stack, "Vpc"), database=database, database_name="shop")


def an_imported_cluster_by_secret(layout: Layout) -> None:
    stack = layout.stack()
    database = imported_cluster(stack, cluster_resource_identifier=None)
    vpc = ec2.Vpc(stack, "Vpc")
    layout.patches(stack, vpc=vpc, database=database, database_name="shop", login=secret(stack))


def a_stack_for_the_network(layout: Layout) -> None:
    vpc = ec2.Vpc(layout.stack("Network"), "Vpc")
    stack = layout.stack()
    layout.patches(stack, vpc=vpc, database=instance(stack, vpc))


def a_stack_for_an_instance(layout: Layout) -> None:
    data = layout.stack("Data")
    vpc = ec2.Vpc(data, "Vpc")
    layout.patches(layout.stack(), vpc=vpc, database=instance(data, vpc))


def a_stack_for_a_cluster(layout: Layout) -> None:
    data = layout.stack("Data")
    vpc = ec2.Vpc(data, "Vpc")
    layout.patches(layout.stack(), vpc=vpc, database=cluster(data, vpc))


def a_stack_each_and_keys_of_their_own(layout: Layout) -> None:
    vpc = ec2.Vpc(layout.stack("Network", HERE), "Vpc")
    key = kms.Key(layout.stack("Keys", HERE), "Key")
    credentials = rds.Credentials.from_generated_secret("master", encryption_key=key)
    data = layout.stack("Data", HERE)
    database = instance(data, vpc, storage_encryption_key=key, credentials=credentials)
    assert database.secret is not None
    layout.patches(layout.stack(env=HERE), vpc=vpc, database=database, login=SecretLogin(secret=database.secret))


def two_in_a_stack(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    for name in ("One", "Other"):
        layout.patches(stack, f"Patches{name}", vpc=vpc, database=instance(stack, vpc, f"Database{name}"))


def two_of_one_name(layout: Layout) -> None:
    for name in ("One", "Other"):
        layout.patched(layout.stack(name, HERE))


def two_of_one_instance(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc")
    database = instance(stack, vpc)
    for name in ("shop", "stock"):
        layout.patches(stack, name, vpc=vpc, database=database, database_name=name)


def in_a_stage(layout: Layout) -> None:
    layout.patched(cdk.Stack(cdk.Stage(layout.app, "Production", env=HERE), "Shop"))


def in_a_nested_stack(layout: Layout) -> None:
    layout.patched(cdk.NestedStack(layout.stack(), "Nested"))


def a_database_in_a_nested_stack(layout: Layout) -> None:
    stack = layout.stack()
    nested = cdk.NestedStack(stack, "Nested")
    vpc = ec2.Vpc(nested, "Vpc")
    layout.patches(stack, vpc=vpc, database=instance(nested, vpc))


def looked_up(layout: Layout) -> None:
    """As `cdk synth` meets it first: the CLI looks up what is missing, and synthesizes again."""
    stack = layout.stack(env=HERE)
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-0a1b2c3d4e5f60718")
    database = rds.DatabaseInstance.from_lookup(stack, "Database", instance_identifier="shop")
    layout.patches(stack, vpc=vpc, database=database, database_name="shop")


def no_way_to_the_internet(layout: Layout) -> None:
    stack = layout.stack()
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    database = instance(stack, vpc, vpc_subnets=ISOLATED)
    layout.patches(stack, vpc=vpc, database=database, create_endpoints=endpoints_for(IamLogin()))


def dual_stack(layout: Layout) -> None:
    stack = layout.stack(env=HERE)
    zones = ["eu-central-1a", "eu-central-1b"]
    vpc = ec2.Vpc(stack, "Vpc", ip_protocol=ec2.IpProtocol.DUAL_STACK, availability_zones=zones)
    layout.patches(stack, vpc=vpc, database=instance(stack, vpc, network_type=rds.NetworkType.DUAL))


def in_china(layout: Layout) -> None:
    layout.patched(layout.stack(env=cdk.Environment(account="111122223333", region="cn-north-1")))


def in_the_gov_cloud(layout: Layout) -> None:
    layout.patched(layout.stack(env=cdk.Environment(account="111122223333", region="us-gov-west-1")))


def with_boundaries_and_tags(layout: Layout) -> None:
    stack = layout.stack()
    layout.patched(stack)
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    iam.PermissionsBoundary.of(stack).apply(boundary)
    cdk.Tags.of(stack).add("team", "shop")


LAYOUTS: Final = (
    plain,
    plain_by_secret,
    everything_off,
    several_zones,
    from_a_snapshot,
    aurora,
    aurora_from_a_snapshot,
    serverless_that_pauses,
    cluster_in_several_zones,
    an_imported_instance,
    an_imported_cluster,
    an_imported_cluster_by_secret,
    a_stack_for_the_network,
    a_stack_for_an_instance,
    a_stack_for_a_cluster,
    a_stack_each_and_keys_of_their_own,
    two_in_a_stack,
    two_of_one_name,
    two_of_one_instance,
    in_a_stage,
    in_a_nested_stack,
    a_database_in_a_nested_stack,
    looked_up,
    no_way_to_the_internet,
    dual_stack,
    in_china,
    in_the_gov_cloud,
    with_boundaries_and_tags,
)
