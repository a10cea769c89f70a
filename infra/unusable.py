"""Databases that no run could patch, as far as an app knows them: said at synthesis, with what to give instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Token
from aws_cdk import aws_rds as rds

from .environment import environment_of, same_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from constructs import IConstruct

OLDEST: Final = 14
ENGINES: Final = ("postgres", "aurora-postgresql")


class UnusableDatabase(ValueError):
    """The database cannot be patched as it was given; the message says what to give instead."""


def refuse_unusable(
    source: rds.IDatabaseInstance | rds.IDatabaseCluster, *, patched_from: IConstruct, by_token: bool
) -> None:
    """Look at what the app says of a database; Preflight looks at what is there.

    Args:
        source: The database.
        patched_from: What is to patch it.
        by_token: Whether the patcher logs in by token.

    Raises:
        UnusableDatabase: With every problem, each on its own line.
    """
    if _awaits_lookup(source):
        return
    problems = [f"{source.node.path} {problem}" for problem in _problems(source, patched_from, by_token=by_token)]
    if problems:
        raise UnusableDatabase("\n".join(problems))


def _awaits_lookup(source: Any) -> bool:
    """Whether the CDK is yet to look the database up: until then it synthesizes with made-up values, for nobody."""
    address = _known_of(lambda: endpoint_of(source).hostname)
    return address == "TESTADDRESS"


def endpoint_of(source: Any) -> rds.Endpoint:
    """The address of an instance, or of a cluster's writer."""
    of_cluster = hasattr(type(source), "cluster_endpoint")
    endpoint: rds.Endpoint = source.cluster_endpoint if of_cluster else source.instance_endpoint
    return endpoint


def _known_of(ask: Callable[[], str | None]) -> str | None:
    """What an imported database says; None where the CDK raises because it was not told."""
    try:
        return ask()
    except RuntimeError:
        return None


def _problems(
    source: rds.IDatabaseInstance | rds.IDatabaseCluster, patched_from: IConstruct, *, by_token: bool
) -> Iterator[str]:
    if not hasattr(type(source), "grant_connect"):
        yield "is an Aurora Serverless v1 cluster, which runs no PostgreSQL newer than 13; move it to Serverless v2"
        return
    yield from _problems_of_engine(source)
    if not same_environment(source, patched_from):
        yield (
            f"is in {environment_of(source)} and {patched_from.node.path} in {environment_of(patched_from)}; put the "
            "PatchOrchestrator into the account and the region of its database"
        )
    of_cluster = hasattr(type(source), "cluster_endpoint")
    if _known_of(lambda: endpoint_of(source).hostname) is None:
        yield "was imported without its address; give cluster_endpoint_address= and port="
    if by_token and _known_of(lambda: _resource_id(source)) is None:
        given = "cluster_resource_identifier" if of_cluster else "instance_resource_id"
        yield (
            f"was imported without its resource id, which a login by token needs; give {given}=, or "
            "login=SecretLogin(…)"
        )
    if not source.connections.security_groups:
        yield (
            "has no security group, so nothing can be let in; import it with security_groups=[…], or give a "
            "DatabaseEndpoint with security_group"
        )


def _resource_id(source: Any) -> str | None:
    of_cluster = hasattr(type(source), "cluster_endpoint")
    found: str | None = source.cluster_resource_identifier if of_cluster else source.instance_resource_id
    return found


def _problems_of_engine(source: rds.IDatabaseInstance | rds.IDatabaseCluster) -> Iterator[str]:
    made = source.node.default_child
    engine, version = _engine_of(source)
    if engine is not None and engine not in ENGINES:
        yield f"runs {engine}; rdspatch patches PostgreSQL only, which is {' or '.join(ENGINES)}"
    major = re.match(r"\d+", version or "")
    if major and int(major[0]) < OLDEST:
        yield f"runs PostgreSQL {version}; rdspatch needs {OLDEST} or newer: upgrade the database first"
    if isinstance(made, rds.CfnDBInstance) and made.source_db_instance_identifier is not None:
        yield "is a read replica, which takes no changes; give the instance that it follows"
    if isinstance(made, rds.CfnDBCluster) and made.replication_source_identifier is not None:
        yield "is a read replica, which takes no changes; give the cluster that it follows"


def _engine_of(source: Any) -> tuple[str | None, str | None]:
    """Engine and version, each None where the app does not know it."""
    made = source.node.default_child
    if isinstance(made, rds.CfnDBInstance | rds.CfnDBCluster):
        return _known(made.engine), _known(made.engine_version)
    engine = getattr(source, "engine", None)
    if engine is None:
        return None, None
    version = engine.engine_version
    return engine.engine_type, None if version is None else version.full_version or version.major_version


def _known(text: str | None) -> str | None:
    return None if text is None or Token.is_unresolved(text) else text
