"""Databases that no run could patch, as far as an app knows them: said at synthesis, with what to give instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Token
from aws_cdk import aws_rds as rds

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST: Final = 14
ENGINES: Final = ("postgres", "aurora-postgresql")


class UnusableDatabase(ValueError):
    """The database cannot be patched as it was given; the message says what to give instead."""


def refuse_unusable(source: rds.IDatabaseInstance | rds.IDatabaseCluster) -> None:
    """Look at what the app says of a database; Preflight looks at what is there.

    Raises:
        UnusableDatabase: With every problem, each on its own line.
    """
    problems = [f"{source.node.path} {problem}" for problem in _problems(source)]
    if problems:
        raise UnusableDatabase("\n".join(problems))


def _problems(source: rds.IDatabaseInstance | rds.IDatabaseCluster) -> Iterator[str]:
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
    if not source.connections.security_groups:
        yield (
            "has no security group, so nothing can be let in; import it with security_groups=[…], or give a "
            "DatabaseEndpoint with security_group"
        )


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
