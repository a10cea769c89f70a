"""A database to try things out on."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from constructs import Construct

from .acknowledgements import acknowledge

_PORT = 5432


class SandboxPostgres(Construct):
    """The smallest encrypted RDS instance; a snapshot stays when it is deleted."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        iam_authentication: bool,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
    ) -> None:
        """Create the instance with the database `name`, its first user's password in a generated secret."""
        super().__init__(scope, construct_id)
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="The database that rdspatch patches",
            allow_all_outbound=False,
        )
        self.instance = rds.DatabaseInstance(
            self,
            "Instance",
            # The major version only: RDS retires minor versions, and a new stack could not be made then.
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17),
            instance_type=ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MICRO),
            vpc=vpc,
            vpc_subnets=subnets,
            security_groups=[group],
            port=_PORT,
            database_name=name,
            credentials=rds.Credentials.from_generated_secret("rdspatch"),
            iam_authentication=iam_authentication,
            storage_encrypted=True,
            storage_type=rds.StorageType.GP3,
            allocated_storage=20,
            backup_retention=Duration.days(7),
            publicly_accessible=False,
            removal_policy=RemovalPolicy.SNAPSHOT,
        )
        resource = self.instance.node.default_child
        if isinstance(resource, rds.CfnDBInstance):
            # cfn-lint takes a major version for a retired minor one.
            resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3691"]}})
        acknowledge(
            self.instance,
            {
                "AwsSolutions-RDS3": "A database to try things out on; its loss costs nobody anything",
                "AwsSolutions-RDS10": "Sandboxes are deleted with their stack; a snapshot stays (DeletionPolicy)",
                "AwsSolutions-RDS11": "An unusual port hides nothing from whoever is in the VPC; "
                "the security group lets in the patcher only",
            },
        )
        acknowledge(
            self.instance.node.find_child("Secret"),
            {
                "AwsSolutions-SMG4": "Rotation takes a function with a way to the database and to Secrets Manager; "
                "the sandbox does without, an existing database has the rotation of its own stack"
            },
        )
