"""The database to be patched: an existing one described, or a small new one."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from .settings import ExistingDatabase, ExistingSecret

_PORT = 5432


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretLogin:
    """User and password from a secret in the RDS format."""

    secret: secretsmanager.ISecret


@dataclass(frozen=True, slots=True, kw_only=True)
class IamLogin:
    """A token for one database user of the database with this resource id."""

    user: str
    resource_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where the database is and how the patcher gets in."""

    host: str
    port: int
    name: str
    security_group: ec2.ISecurityGroup
    login: SecretLogin | IamLogin
    search_path: str = "public"
    owner_role: str | None = None
    """The role that is to own what patches create; None leaves it to the login."""


class ExistingPostgres(Construct):
    """References to a database of another stack; creates nothing."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: ExistingDatabase) -> None:
        """Refer to the security group and, where there is one, the secret."""
        super().__init__(scope, construct_id)
        self.security_group = ec2.SecurityGroup.from_security_group_id(
            self, "SecurityGroup", settings.security_group_id
        )
        self.host = settings.host
        self.port = settings.port
        self.login = self._login(settings)

    def _login(self, settings: ExistingDatabase) -> SecretLogin | IamLogin:
        auth = settings.auth
        if isinstance(auth, ExistingSecret):
            key = kms.Key.from_key_arn(self, "SecretKey", auth.key_arn) if auth.key_arn else None
            secret = secretsmanager.Secret.from_secret_attributes(
                self, "Secret", secret_complete_arn=auth.arn, encryption_key=key
            )
            return SecretLogin(secret=secret)
        if auth.resource_id is None:
            raise ValueError("an existing database with IAM login needs its resource id")
        return IamLogin(user=auth.name, resource_id=auth.resource_id)


class SandboxPostgres(Construct):
    """The smallest encrypted RDS instance, for trying things out; a snapshot stays when it is deleted."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        iam_user: str | None,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
    ) -> None:
        """Create the instance; with `iam_user` the login is a token, else the generated secret."""
        super().__init__(scope, construct_id)
        self.security_group = ec2.SecurityGroup(
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
            security_groups=[self.security_group],
            port=_PORT,
            database_name=name,
            credentials=rds.Credentials.from_generated_secret("rdspatch"),
            iam_authentication=iam_user is not None,
            storage_encrypted=True,
            storage_type=rds.StorageType.GP3,
            allocated_storage=20,
            backup_retention=Duration.days(7),
            publicly_accessible=False,
            removal_policy=RemovalPolicy.SNAPSHOT,
        )
        self.host = self.instance.db_instance_endpoint_address
        self.port = _PORT
        self.login = self._login(iam_user)

    def _login(self, iam_user: str | None) -> SecretLogin | IamLogin:
        if iam_user is not None:
            return IamLogin(user=iam_user, resource_id=self._resource_id())
        if self.instance.secret is None:
            raise ValueError("the new database has no generated secret")
        return SecretLogin(secret=self.instance.secret)

    def _resource_id(self) -> str:
        if self.instance.instance_resource_id is None:
            raise ValueError("the new database has no resource id")
        return self.instance.instance_resource_id
