"""The construct to put into a CDK app: everything that patches one database, except the database itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aws_cdk import Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from . import metrics
from .acknowledgements import acknowledge_policy, on_resource
from .alarms import Alarms
from .approval_table import ApprovalTable
from .asset import DEFAULT_ASSET, code_of
from .audit import AuditTable
from .dashboard import Dashboard
from .database import IamLogin, database_of
from .functions import Functions, health_environment, patcher_environment
from .gates import Rules
from .network import Network, private_subnets, refuse_elsewhere
from .notices import Notices
from .policies import Approval, Repair, Snapshot, SnapshotPolicy
from .settings import TARGET, HealthCheck
from .snapshot_source import snapshot_source
from .terminal import TerminalRecord
from .triggers import NightlyRepair
from .workflow import PatchWorkflow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from aws_cdk import aws_lambda as lambda_

    from .database import DatabaseSource, Login
    from .settings import VpcEndpoint

DEFAULT_LOGIN: Final = IamLogin()
DEFAULT_REPAIR: Final = Repair()
DEFAULT_SNAPSHOT: Final = Snapshot()
DEFAULT_APPROVAL: Final = Approval()


class PatchOrchestrator(Construct):
    """Functions, workflow, audit table, topic and trigger for one database and its application.

    Attributes:
        state_machine: Start an execution to patch; `{}` is a good input.
        audit_table: The records of all runs.
        approval_table: The questions of runs that wait for somebody; None where nothing waits.
        patcher: The function with access to the database.
        health: The function that asks the application.
        security_group: The patcher's; the database lets it in.
        connections: The patcher's, for endpoints and databases that are to let it in or out.
        health_security_group: The health function's; the application may have to let it in.
        topic: Gets one message at the end of each run.
        target: The name of the database in audit, logs and messages.
        state_machine_name: What the workflow is called; None where CloudFormation chooses.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        database: DatabaseSource,
        health_url: str | HealthCheck,
        patches: str | Path = "patches",
        asset: str | Path | lambda_.Code = DEFAULT_ASSET,
        database_name: str | None = None,
        login: Login = DEFAULT_LOGIN,
        owner_role: str | None = None,
        search_path: Sequence[str] = ("public",),
        trusted_roles: Sequence[str] = (),
        target: str | None = None,
        subnets: ec2.SubnetSelection | None = None,
        create_endpoints: AbstractSet[VpcEndpoint] = frozenset(),
        repair: Repair = DEFAULT_REPAIR,
        snapshot: Snapshot = DEFAULT_SNAPSHOT,
        approval: Approval = DEFAULT_APPROVAL,
        state_machine_name: str | None = None,
    ) -> None:
        """Create everything.

        Args:
            scope: The construct to create it in.
            construct_id: The name of this construct there.
            vpc: The VPC in which the database is reached.
            database: An RDS instance, a cluster (its writer is patched), or a `DatabaseEndpoint`. Its security group
                gets a rule for the patcher. An RDS Proxy is refused.
            health_url: The application's `http(s)://host/api/health`, or a `HealthCheck` that says more.
            patches: The patch directory, lock file included.
            asset: What `rdspatch bundle --patches PATCHES --out ASSET` wrote; it has to hold those very patches.
            database_name: The PostgreSQL database; by default the one that the instance or cluster was made with.
            login: How the patcher logs in: by token as the user `rdspatch` unless something else is given.
                A `SecretLogin` takes user and password from Secrets Manager.
            owner_role: The role that is to own what patches create; None leaves it to the login.
            search_path: The schemas in which the patches' names are looked up.
            trusted_roles: Roles whose objects and code patches may meet, although they cannot become the role that
                patches run as: such as one that owns trigger functions of the application.
            target: The name of the database in audit, logs and messages; by default the database's name.
            subnets: The subnets of both functions; they need no way to the internet. By default the isolated subnets
                of the VPC, where it has any, else the private ones.
            create_endpoints: The endpoints that the VPC lacks. None by default, because a second endpoint for the
                same service fails; `endpoints_for(login)` names those that isolated subnets need.
            repair: When drift is repaired by itself, and how much of it; every night by default.
            snapshot: When a snapshot is taken before patches; when they do more than add by default.
            approval: Which hazards wait for somebody, and how long; by default those by which somebody loses
                what is there (destructive, removes, access), for a day.
            state_machine_name: What the workflow is called in its account and region, where something has to know that
                before it is deployed: a `PatchStep` of CDK Pipelines. By default CloudFormation chooses a name.

        Raises:
            UnusableDatabase: The database is an RDS Proxy, or lacks what only the app can know.
            UnusableNetwork: The VPC is elsewhere, or has no subnets for functions.
            UnusableAsset: The asset is missing or was made from other patches.
            ValueError: The target has no usable name, the health URL is none, or the health check takes longer than
                its function may.
        """
        super().__init__(scope, construct_id)
        source = database_of(database, patched_from=self, name=database_name, login=login)
        health = HealthCheck(url=health_url) if isinstance(health_url, str) else health_url
        if health.too_long:
            raise ValueError(f"the attempts of the health check {health.too_long}")
        self.target = _target(target, source.name)
        self.state_machine_name = state_machine_name
        refuse_elsewhere(vpc, self)
        chosen = subnets or private_subnets(vpc)
        network = Network(self, "Network", vpc=vpc, subnets=chosen, health_port=health.port, endpoints=create_endpoints)
        self._audit = AuditTable(self, "Audit")
        self.audit_table = self._audit.table
        self.approval_table = ApprovalTable(self, "Approvals").table if approval.hazards else None
        functions = Functions(
            self,
            "Functions",
            code=code_of(asset, patches=patches),
            vpc=vpc,
            subnets=chosen,
            patcher_group=network.patcher,
            health_group=network.health,
            patcher_environment=patcher_environment(
                target=self.target,
                database=source,
                owner_role=owner_role,
                search_path=search_path,
                trusted_roles=trusted_roles,
                audit_table_name=self.audit_table.table_name,
                repair_limit=repair.limit,
            ),
            health_environment=health_environment(health),
        )
        self.topic = Notices(self, "Notices").topic
        self.patcher = functions.patcher
        self.health = functions.health
        self.security_group = network.patcher
        self.connections = ec2.Connections(security_groups=[network.patcher])
        self.health_security_group = network.health
        self._audit.grant_append(self.patcher)
        source.let_in(self.patcher, self.security_group)
        self.state_machine = PatchWorkflow(
            self,
            "Workflow",
            target=self.target,
            patcher=self.patcher,
            health=self.health,
            audit_table=self.audit_table,
            topic=self.topic,
            rules=Rules(
                approval=approval,
                questions=self.approval_table,
                snapshot=snapshot,
                source=None if snapshot.policy is SnapshotPolicy.NEVER else snapshot_source(database, snapshot),
            ),
            name=state_machine_name,
        ).state_machine
        terminal = TerminalRecord(
            self,
            "TerminalRecord",
            target=self.target,
            workflow=self.state_machine,
            audit_table=self.audit_table,
            topic=self.topic,
        )
        helpers = [terminal.alarm]
        if repair.schedule is not None:
            helpers.append(self.add_schedule("NightlyRepair", expression=repair.schedule).alarm)
        alarms = Alarms(
            self,
            "Alarms",
            target=self.target,
            patcher=self.patcher,
            state_machine=self.state_machine,
            audit_table=self.audit_table,
            topic=self.topic,
            schedule=repair.schedule,
        )
        Dashboard(
            self,
            "Dashboard",
            target=self.target,
            state_machine=self.state_machine,
            audit_table=self.audit_table,
            patcher=self.patcher,
            health=self.health,
            alarms=[*alarms.all, *helpers],
        )
        self._acknowledge()

    def _acknowledge(self) -> None:
        invoked = "The Lambda task allows the versions and aliases of the function that its state names; no other"
        versions = {
            on_resource(self, f"{function.function_arn}:*"): invoked for function in (self.patcher, self.health)
        }
        acknowledge_policy(self.state_machine.role, versions)

    def add_schedule(self, construct_id: str, *, expression: str) -> NightlyRepair:
        """Repair drift at further times.

        Args:
            construct_id: The name of the schedule within this construct.
            expression: `cron(…)` or `rate(…)`, in UTC. Of schedules for the same minute one starts a run.
        """
        return NightlyRepair(
            self,
            construct_id,
            target=self.target,
            expression=expression,
            workflow=self.state_machine,
            topic=self.topic,
        )

    def grant_approve(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow somebody to approve and to reject what waits here, and nothing else.

        That is to read the question with its token, and to answer it. Where nothing waits there is nothing to allow.
        """
        if self.approval_table is None:
            return iam.Grant.drop(grantee, "no run waits for an approval")
        answer = self.state_machine.grant(grantee, "states:SendTaskSuccess")
        return answer.combine(self.approval_table.grant(grantee, "dynamodb:Query"))

    def grant_read_audit(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow somebody to read the records of all runs, as `rdspatch history`, `report` and `audit` do."""
        return self._audit.grant_read(grantee)

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow somebody to start runs of this orchestrator, and nothing else."""
        return self.state_machine.grant_start_execution(grantee)

    def metric_failed_runs(self) -> cloudwatch.IMetric:
        """Runs that did not succeed, however they ended; summed up over five minutes."""
        return metrics.failed_runs(self.state_machine)

    def metric_patches_applied(self) -> cloudwatch.IMetric:
        """Patches that were applied and recorded; summed up over five minutes."""
        return metrics.own(metrics.PATCHES_APPLIED, target=self.target, patcher=self.patcher, statistic="Sum")

    def metric_drift(self) -> cloudwatch.IMetric:
        """Objects that are not as the patches left them, as often as a run looks; the most in five minutes."""
        return metrics.own(metrics.DRIFT, target=self.target, patcher=self.patcher, statistic="Maximum")


def _target(given: str | None, database_name: str) -> str:
    if given is None and Token.is_unresolved(database_name):
        raise ValueError("the name of the database is known at deployment only; give target=, the name of it in logs")
    target = given or database_name.lower().replace("_", "-")
    if not re.fullmatch(TARGET, target):
        raise ValueError(f"target {target!r} has to match {TARGET}; give target=")
    return target
