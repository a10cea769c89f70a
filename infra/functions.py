"""The two functions: the patcher, which may log in to the database, and the health check, which may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from .acknowledgements import ANY_RESOURCE, acknowledge, acknowledge_policy
from .database import SecretLogin
from .settings import HEALTH_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_ec2 as ec2

    from .database import Database
    from .settings import HealthCheck

PATCHER_SECONDS: Final = 900
RUNTIME: Final = lambda_.Runtime.PYTHON_3_13

_NETWORK_INTERFACES: Final = (
    "AssignPrivateIpAddresses",
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "UnassignPrivateIpAddresses",
)


class Function(Construct):
    """One function of the shared asset, in the VPC, with a log group that keeps a year."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        description: str,
        environment: Mapping[str, str],
        memory_mb: int,
        timeout_seconds: int,
        code: lambda_.Code,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        security_group: ec2.ISecurityGroup,
    ) -> None:
        """Create the function; `handler` is the import path of a function in the asset."""
        super().__init__(scope, construct_id)
        log_group = logs.LogGroup(self, "Logs", retention=logs.RetentionDays.ONE_YEAR)
        role = self._role(log_group)
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=code,
            handler=handler,
            environment=dict(environment),
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE,
            role=role,
            vpc=vpc,
            vpc_subnets=subnets,
            security_groups=[security_group],
            log_group=log_group,
        )
        newest = "Python 3.13 is the newest that the test suite runs under, and the asset's wheels are built for it"
        acknowledge(
            self.function,
            {
                "AwsSolutions-L1": newest,
                "Serverless-LambdaLatestVersion": newest,
                "Serverless-LambdaDLQ": "Only the state machine invokes it, and waits for the answer; "
                "a dead letter queue takes events of asynchronous invocations, of which there are none",
            },
        )
        acknowledge_policy(
            role,
            {
                ANY_RESOURCE: "Network interfaces of a function have no names before they are there, and X-Ray knows "
                "no resources; the deny beside it keeps the function's own code from network interfaces"
            },
        )

    def _role(self, log_group: logs.ILogGroup) -> iam.Role:
        """What Lambda itself needs: its log group, and network interfaces in the VPC.

        The managed policies for that allow every log group of the account, and let the function's code delete the
        network interfaces of others.
        """
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        interfaces = [f"ec2:{action}" for action in _NETWORK_INTERFACES]
        role.add_to_policy(iam.PolicyStatement(actions=interfaces, resources=["*"]))
        any_function = Stack.of(self).format_arn(
            service="lambda", resource="function", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        role.add_to_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=interfaces,
                resources=["*"],
                # Set in requests of a function's code only; the service that makes the interfaces is not denied.
                conditions={"ArnLike": {"lambda:SourceFunctionArn": any_function}},
            )
        )
        return role


def patcher_environment(
    *,
    target: str,
    database: Database,
    owner_role: str | None,
    search_path: Sequence[str],
    trusted_roles: Sequence[str],
    audit_table_name: str,
    repair_limit: int,
) -> dict[str, str]:
    """The environment of the patcher; what is not here keeps the function's default."""
    login = (
        {
            "RDSPATCH_DATABASE_AUTH": "secret",
            "RDSPATCH_DATABASE_SECRET_ARN": database.login.secret.secret_arn,
        }
        if isinstance(database.login, SecretLogin)
        else {"RDSPATCH_DATABASE_AUTH": "iam", "RDSPATCH_DATABASE_USER": database.login.user}
    )
    owner = {"RDSPATCH_OWNER_ROLE": owner_role} if owner_role else {}
    trusted = {"RDSPATCH_TRUSTED_ROLES": ",".join(trusted_roles)} if trusted_roles else {}
    return {
        "RDSPATCH_TARGET": target,
        "RDSPATCH_DATABASE_HOST": database.host,
        "RDSPATCH_DATABASE_PORT": database.port_text,
        "RDSPATCH_DATABASE_NAME": database.name,
        **login,
        **owner,
        "RDSPATCH_SEARCH_PATH": ",".join(search_path),
        **trusted,
        "RDSPATCH_AUDIT_TABLE": audit_table_name,
        "RDSPATCH_REPAIR_LIMIT": str(repair_limit),
    }


def health_environment(health: HealthCheck) -> dict[str, str]:
    """The environment of the health function."""
    return {
        "RDSPATCH_HEALTH_URL": health.url,
        "RDSPATCH_HEALTH_SMOKE_PATHS": ",".join(health.smoke_paths),
        "RDSPATCH_HEALTH_STATUSES": ",".join(health.statuses),
        "RDSPATCH_HEALTH_ATTEMPTS": str(health.attempts),
        "RDSPATCH_HEALTH_INTERVAL_SECONDS": str(health.interval_seconds),
        "RDSPATCH_HEALTH_TIMEOUT_SECONDS": str(health.timeout_seconds),
    }


class Functions(Construct):
    """Both functions, in the same subnets, each in a security group of its own."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        patcher_group: ec2.ISecurityGroup,
        health_group: ec2.ISecurityGroup,
        patcher_environment: Mapping[str, str],
        health_environment: Mapping[str, str],
    ) -> None:
        """Create them; neither has a permission yet beyond logs, traces and network interfaces."""
        super().__init__(scope, construct_id)
        self.patcher = Function(
            self,
            "Patcher",
            handler="rdspatch.handlers.patcher.handler",
            description="Plans, applies and verifies the patches",
            environment=patcher_environment,
            memory_mb=512,
            timeout_seconds=PATCHER_SECONDS,
            code=code,
            vpc=vpc,
            subnets=subnets,
            security_group=patcher_group,
        ).function
        self.health = Function(
            self,
            "Health",
            handler="rdspatch.handlers.health.handler",
            description="Asks the application whether it is healthy",
            environment=health_environment,
            memory_mb=256,
            timeout_seconds=HEALTH_SECONDS,
            code=code,
            vpc=vpc,
            subnets=subnets,
            security_group=health_group,
        ).function
