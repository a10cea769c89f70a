"""The database to be patched, in whatever form the app has it, and how the patcher logs in to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from aws_cdk import ArnFormat, Stack, Token, Tokenization
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds

from .unusable import UnusableDatabase, endpoint_of, refuse_unusable

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_secretsmanager as secretsmanager
    from constructs import IConstruct

DEFAULT_USER = "rdspatch"
"""The login that `docs/roles.sql` creates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IamLogin:
    """A token for one database user, signed by the function itself: no password anywhere."""

    user: str = DEFAULT_USER


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretLogin:
    """User and password from a secret in the RDS format."""

    secret: secretsmanager.ISecret


Login: TypeAlias = IamLogin | SecretLogin


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseEndpoint:
    """A database that is known by its values only."""

    host: str
    """Of the instance, or of the cluster's writer; no RDS Proxy."""
    name: str
    security_group: ec2.ISecurityGroup
    """The database's own; it gets a rule that lets the patcher in."""
    port: int = 5432
    resource_id: str | None = None
    """`db-…` or `cluster-…`, for the login by token."""


DatabaseSource: TypeAlias = DatabaseEndpoint | rds.IDatabaseInstance | rds.IDatabaseCluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """What the orchestrator uses of any of them."""

    host: str
    port: float
    """A whole number, or the CDK's placeholder for one that the deployment will know."""
    name: str
    peers: ec2.IConnectable
    login: Login
    grant_connect: Callable[[lambda_.IFunction, str], object]
    """Allows a function to log in by token as a database user."""

    @property
    def port_text(self) -> str:
        """The port, or a placeholder for it, as text."""
        return str(Tokenization.stringify_number(self.port))

    def let_in(self, patcher: lambda_.IFunction, group: ec2.ISecurityGroup) -> None:
        """Open the database's port for the patcher's group, and let the function log in: nothing more."""
        # From our side: the other way round two stacks, one with the database, would depend on each other.
        group.connections.allow_to(self.peers, ec2.Port.tcp(self.port), "The patcher of rdspatch")
        if isinstance(self.login, IamLogin):
            self.grant_connect(patcher, self.login.user)
        else:
            _let_read(self.login.secret, patcher)


def _let_read(secret: secretsmanager.ISecret, patcher: lambda_.IFunction) -> None:
    """Let the function read a secret.

    The key of a secret of another stack keeps its policy, which would name our role, so that each stack needed the
    other first; it leaves the decision to the policies of its account, as keys of the CDK do.
    """
    key = secret.encryption_key
    if key is None or Stack.of(secret) == Stack.of(patcher):
        secret.grant_read(patcher)
        return
    stack = Stack.of(patcher)
    service = f"secretsmanager.{stack.region}.{stack.url_suffix}"
    for actions, resource, conditions in (
        (["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], secret.secret_arn, None),
        (["kms:Decrypt"], key.key_arn, {"StringEquals": {"kms:ViaService": service}}),
    ):
        patcher.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[resource], conditions=conditions))


def database_of(source: DatabaseSource, *, patched_from: IConstruct, name: str | None, login: Login) -> Database:
    """Read what the orchestrator needs off an instance, a cluster (its writer) or plain values.

    Args:
        source: The database.
        patched_from: What is to patch it.
        name: The PostgreSQL database on it; None takes the one that the source was made with.
        login: How the patcher logs in.

    Raises:
        UnusableDatabase: It is an RDS Proxy or a replica, another engine, too old, out of reach, or something is
            missing that only the app can know.
    """
    if isinstance(source, DatabaseEndpoint):
        return _of_values(source, name=name or source.name, login=login)
    _refuse_others(source)
    refuse_unusable(source, patched_from=patched_from, by_token=isinstance(login, IamLogin))
    endpoint = endpoint_of(source)
    if isinstance(login, IamLogin):
        _switch_tokens_on(source)
    return Database(
        host=_direct(endpoint.hostname),
        port=endpoint.port,
        name=name or _name_of(source),
        peers=source,
        login=login,
        grant_connect=source.grant_connect,
    )


def _switch_tokens_on(source: rds.IDatabaseInstance | rds.IDatabaseCluster) -> None:
    """Let a cluster of this app take logins by token: unlike an instance's, its `grant_connect` does not do so.

    Raises:
        UnusableDatabase: The app has switched them off.
    """
    made = source.node.default_child
    if not isinstance(made, rds.CfnDBInstance | rds.CfnDBCluster):
        return
    if Stack.of(source).resolve(made.enable_iam_database_authentication) is False:
        raise UnusableDatabase(
            f"{source.node.path} has iam_authentication=False, so it takes no login by token; leave that out, or give "
            "login=SecretLogin(…)"
        )
    if isinstance(made, rds.CfnDBCluster):
        made.enable_iam_database_authentication = True


def _refuse_others(source: Any) -> None:
    # Imported databases are of nameless classes: what they offer is all there is to tell them apart.
    if {"cluster_endpoint", "instance_endpoint"} & set(dir(type(source))):
        return
    if hasattr(type(source), "db_proxy_arn"):
        raise UnusableDatabase(_about_proxy(source.node.path))
    kind = type(source).__name__
    raise UnusableDatabase(f"{kind} is no database; give an instance, a cluster or a DatabaseEndpoint")


def _of_values(source: DatabaseEndpoint, *, name: str, login: Login) -> Database:
    if isinstance(login, IamLogin) and source.resource_id is None:
        raise UnusableDatabase(
            f"{source.host}: a login by token needs resource_id, the DbiResourceId of the instance or the "
            "DbClusterResourceId of the cluster; or give login=SecretLogin(…)"
        )

    def grant_connect(patcher: lambda_.IFunction, user: str) -> None:
        arn = Stack.of(patcher).format_arn(
            service="rds-db",
            resource="dbuser",
            resource_name=f"{source.resource_id}/{user}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        patcher.add_to_role_policy(iam.PolicyStatement(actions=["rds-db:connect"], resources=[arn]))

    return Database(
        host=_direct(source.host),
        port=source.port,
        name=name,
        peers=source.security_group,
        login=login,
        grant_connect=grant_connect,
    )


def _name_of(source: rds.IDatabaseInstance | rds.IDatabaseCluster) -> str:
    made = source.node.default_child
    name = None
    if isinstance(made, rds.CfnDBInstance):
        name = made.db_name
    elif isinstance(made, rds.CfnDBCluster):
        name = made.database_name
    if name is None:
        raise UnusableDatabase(f"{source.node.path} does not say which database on it is meant; give database_name")
    return name


def _direct(host: str) -> str:
    if not Token.is_unresolved(host) and ".proxy-" in host.lower():
        raise UnusableDatabase(_about_proxy(host))
    return host


def _about_proxy(what: str) -> str:
    return (
        f"{what} is an RDS Proxy: it hands one session's locks and settings to another, and patches rely on both; "
        "give the instance, or the cluster for its writer endpoint"
    )
