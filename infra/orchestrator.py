"""The construct to put into a CDK app: everything that patches one database, except the database itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from .audit import AuditTable
from .database import IamLogin
from .functions import Functions, health_environment, patcher_environment
from .network import Network
from .triggers import NightlyRepair
from .workflow import PatchWorkflow

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from aws_cdk import aws_lambda as lambda_

    from .database import Database
    from .settings import Endpoint, HealthCheck


class PatchOrchestrator(Construct):
    """Functions, workflow, audit table, topic and trigger for one database and its application.

    Attributes:
        state_machine: Start an execution to patch; `{}` is a good input.
        audit_table: The records of all runs.
        patcher: The function with access to the database.
        health: The function that asks the application.
        security_group: The patcher's; the database lets it in.
        health_security_group: The health function's; the application may have to let it in.
        topic: Gets one message at the end of each run.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        target: str,
        code: lambda_.Code,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        endpoints: AbstractSet[Endpoint],
        database: Database,
        health: HealthCheck,
    ) -> None:
        """Create everything.

        Args:
            scope: The construct to create it in.
            construct_id: The name of this construct there.
            target: The name of the database in audit, logs and messages.
            code: The asset with the functions and the patches.
            vpc: The VPC in which the database is reached.
            subnets: The subnets of the functions; they need no way to the internet.
            endpoints: The endpoints that the VPC lacks.
            database: Where the database is and how the patcher gets in.
            health: How the application is asked.
        """
        super().__init__(scope, construct_id)
        network = Network(self, "Network", vpc=vpc, subnets=subnets, health_port=health.port, endpoints=endpoints)
        audit = AuditTable(self, "Audit")
        functions = Functions(
            self,
            "Functions",
            code=code,
            vpc=vpc,
            subnets=subnets,
            patcher_group=network.patcher,
            health_group=network.health,
            patcher_environment=patcher_environment(
                target=target, database=database, audit_table_name=audit.table.table_name
            ),
            health_environment=health_environment(health),
        )
        self.topic = sns.Topic(
            self,
            "Topic",
            enforce_ssl=True,
            master_key=kms.Alias.from_alias_name(self, "TopicKey", "alias/aws/sns"),
        )
        self.audit_table = audit.table
        self.patcher = functions.patcher
        self.health = functions.health
        self.security_group = network.patcher
        self.health_security_group = network.health
        self.state_machine = PatchWorkflow(
            self,
            "Workflow",
            target=target,
            patcher=self.patcher,
            health=self.health,
            audit_table=self.audit_table,
            topic=self.topic,
        ).state_machine
        NightlyRepair(self, "NightlyRepair", state_machine=self.state_machine)
        self._let_patcher_in(database)

    def _let_patcher_in(self, database: Database) -> None:
        database.security_group.connections.allow_from(
            self.security_group, ec2.Port.tcp(database.port), "The patcher of rdspatch"
        )
        # Append and read: no update, no delete.
        self.audit_table.grant(self.patcher, "dynamodb:PutItem", "dynamodb:Query")
        if isinstance(database.login, IamLogin):
            login = database.login
            user = Stack.of(self).format_arn(
                service="rds-db",
                resource="dbuser",
                resource_name=f"{login.resource_id}/{login.user}",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            statement = iam.PolicyStatement(actions=["rds-db:connect"], resources=[user])
            self.patcher.add_to_role_policy(statement)
        else:
            database.login.secret.grant_read(self.patcher)
