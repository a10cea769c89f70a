"""The stack of one stage: chooses network and database by the settings, wires them, says what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Environment, Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from .database import DatabaseEndpoint, IamLogin, SecretLogin
from .network import SUBNETS, IsolatedVpc, endpoints_for, existing_vpc
from .orchestrator import PatchOrchestrator
from .sandbox import SandboxPostgres
from .settings import ExistingSecret, NewDatabase, NewNetwork

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

    from .database import DatabaseSource, Login
    from .settings import ExistingDatabase, Settings


class OrchestratorStack(Stack):
    """Everything of one stage."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, code: lambda_.Code) -> None:
        """Create the stage that `settings` describe, with `code` as the functions' asset."""
        super().__init__(
            scope,
            construct_id,
            env=Environment(account=settings.account, region=settings.region),
            description=f"rdspatch for {settings.target}",
        )
        vpc = self._vpc(settings)
        if isinstance(settings.database, NewDatabase):
            database, login = self._new_database(settings.database, vpc)
        else:
            database, login = self._existing_database(settings.database)
        network = settings.network
        self.orchestrator = PatchOrchestrator(
            self,
            "Orchestrator",
            vpc=vpc,
            subnets=SUBNETS,
            create_endpoints=endpoints_for(login) if isinstance(network, NewNetwork) else network.create_endpoints,
            database=database,
            login=login,
            owner_role=settings.owner_role,
            search_path=settings.search_path.split(","),
            trusted_roles=settings.trusted_roles,
            target=settings.target,
            health_url=settings.health,
            repair=settings.repair,
            snapshot=settings.snapshot,
            approval=settings.approval,
            asset=code,
        )
        self._outputs()

    @property
    def availability_zones(self) -> list[str]:
        """Two zones, chosen at deployment: the default would look them up in the account at synth."""
        zones = Fn.get_azs()
        return [Fn.select(0, zones), Fn.select(1, zones)]

    def _vpc(self, settings: Settings) -> ec2.IVpc:
        if isinstance(settings.network, NewNetwork):
            return IsolatedVpc(self, "Network", cidr=settings.network.cidr).vpc
        return existing_vpc(self, "Vpc", settings=settings.network)

    def _new_database(self, settings: NewDatabase, vpc: ec2.IVpc) -> tuple[DatabaseSource, Login]:
        user = settings.user
        instance = SandboxPostgres(
            self, "Database", name=settings.name, iam_authentication=user is not None, vpc=vpc, subnets=SUBNETS
        ).instance
        if user is not None:
            return instance, IamLogin(user=user.name)
        if instance.secret is None:
            raise ValueError("the new database has no generated secret")
        return instance, SecretLogin(secret=instance.secret)

    def _existing_database(self, settings: ExistingDatabase) -> tuple[DatabaseSource, Login]:
        auth = settings.auth
        endpoint = DatabaseEndpoint(
            host=settings.host,
            port=settings.port,
            name=settings.name,
            security_group=ec2.SecurityGroup.from_security_group_id(
                self, "DatabaseSecurityGroup", settings.security_group_id
            ),
            resource_id=None if isinstance(auth, ExistingSecret) else auth.resource_id,
        )
        if not isinstance(auth, ExistingSecret):
            return endpoint, IamLogin(user=auth.name)
        key = kms.Key.from_key_arn(self, "SecretKey", auth.key_arn) if auth.key_arn else None
        secret = secretsmanager.Secret.from_secret_attributes(
            self, "Secret", secret_complete_arn=auth.arn, encryption_key=key
        )
        return endpoint, SecretLogin(secret=secret)

    def _outputs(self) -> None:
        built = self.orchestrator
        outputs = {
            "StateMachineArn": (built.state_machine.state_machine_arn, "Start an execution to patch"),
            "AuditTableName": (built.audit_table.table_name, "The records of all runs"),
            "TopicArn": (built.topic.topic_arn, "Subscribe to hear how runs end"),
            "PatcherName": (built.patcher.function_name, "The function with access to the database"),
            "HealthName": (built.health.function_name, "The function that asks the application"),
            "PatcherSecurityGroupId": (
                built.security_group.security_group_id,
                "To let into endpoints of the VPC that are there already",
            ),
            "HealthSecurityGroupId": (
                built.health_security_group.security_group_id,
                "To let into the load balancer of the application",
            ),
        }
        if built.approval_table is not None:
            outputs["ApprovalTableName"] = (built.approval_table.table_name, "What waits for rdspatch approve")
        for name, (value, description) in outputs.items():
            CfnOutput(self, name, value=value, description=description)
