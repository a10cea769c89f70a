"""The stack of one stage: chooses network and database by the settings, wires them, says what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Environment, Fn, Stack

from .database import Database, ExistingPostgres, SandboxPostgres
from .network import SUBNETS, IsolatedVpc, existing_vpc
from .orchestrator import PatchOrchestrator
from .settings import Endpoint, NewDatabase, NewNetwork

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

    from .settings import Settings


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
        database = self._database(settings, vpc)
        self.orchestrator = PatchOrchestrator(
            self,
            "Orchestrator",
            target=settings.target,
            code=code,
            vpc=vpc,
            subnets=SUBNETS,
            endpoints=_endpoints(settings),
            database=database,
            health=settings.health,
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

    def _database(self, settings: Settings, vpc: ec2.IVpc) -> Database:
        postgres: SandboxPostgres | ExistingPostgres
        if isinstance(settings.database, NewDatabase):
            user = settings.database.user
            postgres = SandboxPostgres(
                self,
                "Database",
                name=settings.database.name,
                iam_user=user.name if user else None,
                vpc=vpc,
                subnets=SUBNETS,
            )
        else:
            postgres = ExistingPostgres(self, "Database", settings=settings.database)
        return Database(
            host=postgres.host,
            port=postgres.port,
            name=settings.database.name,
            security_group=postgres.security_group,
            login=postgres.login,
            search_path=settings.search_path,
            owner_role=settings.owner_role,
        )

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
        for name, (value, description) in outputs.items():
            CfnOutput(self, name, value=value, description=description)


def _endpoints(settings: Settings) -> AbstractSet[Endpoint]:
    if not isinstance(settings.network, NewNetwork):
        return settings.network.create_endpoints
    uses_secret = isinstance(settings.database, NewDatabase) and settings.database.user is None
    return {Endpoint.DYNAMODB} | ({Endpoint.SECRETS_MANAGER} if uses_secret else set())
