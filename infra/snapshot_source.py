"""Which database on RDS a snapshot is taken of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Token

from .database import DatabaseEndpoint
from .unusable import UnusableDatabase

if TYPE_CHECKING:
    from .database import DatabaseSource
    from .policies import Snapshot

_HOST: Final = re.compile(r"([a-z][a-z0-9-]*)\.(cluster-)?[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com(\.cn)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSource:
    """An instance, or a cluster, by its identifier."""

    identifier: str
    is_cluster: bool


def snapshot_source(source: DatabaseSource, rule: Snapshot) -> SnapshotSource:
    """Read the identifier off an instance, a cluster, the host name of an endpoint, or the rule itself.

    Raises:
        UnusableDatabase: The host name is none of RDS, and the rule does not say whose it is.
    """
    if rule.instance is not None:
        return SnapshotSource(identifier=rule.instance, is_cluster=False)
    if rule.cluster is not None:
        return SnapshotSource(identifier=rule.cluster, is_cluster=True)
    if isinstance(source, DatabaseEndpoint):
        known = "an address of the deployment" if Token.is_unresolved(source.host) else source.host
        match = _HOST.fullmatch(known.lower())
        if match is None:
            raise UnusableDatabase(
                f"{known} does not say which instance or cluster is behind it; give "
                "snapshot=Snapshot(instance=…) or Snapshot(cluster=…), or do without by SnapshotPolicy.NEVER"
            )
        return SnapshotSource(identifier=match[1], is_cluster=match[2] is not None)
    made: Any = source
    is_cluster = hasattr(type(source), "cluster_endpoint")
    return SnapshotSource(
        identifier=made.cluster_identifier if is_cluster else made.instance_identifier, is_cluster=is_cluster
    )
