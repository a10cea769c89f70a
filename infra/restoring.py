"""The message of a run that took a snapshot: commands that make of it a database like the one there was.

A restored database has the account's default security group, no login by token and the default parameters unless
the command says otherwise; a restored cluster has no instance. So the run asks what the database is like now, and
puts the answers into the commands. Where RDS does not say, the message names the snapshot and the runbook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions import Condition, JsonPath

from . import retries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_stepfunctions_tasks as tasks
    from constructs import Construct

    from .rds_calls import RdsCalls
    from .snapshot_source import SnapshotSource

NEW: Final = "NEW"
"""Stands in the commands for the identifier of the database that they make."""

_FROM: Final = " A snapshot is from before the patches; "
_INSTANCE: Final = (
    f"{_FROM}aws rds restore-db-instance-from-db-snapshot --db-snapshot-identifier {{}} --cli-input-json '{{}}'"
)
_CLUSTER: Final = f"{_FROM}aws rds restore-db-cluster-from-snapshot --snapshot-identifier {{}} --cli-input-json '{{}}'"
_MEMBER: Final = "; then, when the cluster is there, aws rds create-db-instance --cli-input-json '{}'"
_ID: Final = JsonPath.string_at("$.snapshot.id")
_RESTORE: Final = "$.restore"

_DATABASE: Final = "$.database.found"
_INSTANCE_PATHS: Final = {
    "DBSubnetGroupName": f"{_DATABASE}.DbSubnetGroup.DbSubnetGroupName",
    "VpcSecurityGroupIds": f"{_DATABASE}.VpcSecurityGroups[*].VpcSecurityGroupId",
    "DBParameterGroupName": f"{_DATABASE}.DbParameterGroups[0].DbParameterGroupName",
    "EnableIAMDatabaseAuthentication": f"{_DATABASE}.IamDatabaseAuthenticationEnabled",
}
"""What a restored instance keeps, in the names of the command line's JSON."""

_OLD_CLUSTER: Final = "$.cluster.found"
_CLUSTER_PATHS: Final = {
    "Engine": f"{_OLD_CLUSTER}.Engine",
    "DBSubnetGroupName": f"{_OLD_CLUSTER}.DbSubnetGroup",
    "VpcSecurityGroupIds": f"{_OLD_CLUSTER}.VpcSecurityGroups[*].VpcSecurityGroupId",
    "DBClusterParameterGroupName": f"{_OLD_CLUSTER}.DbClusterParameterGroup",
    "EnableIAMDatabaseAuthentication": f"{_OLD_CLUSTER}.IamDatabaseAuthenticationEnabled",
}
"""The same of a cluster."""

_FIRST_MEMBER: Final = f"{_OLD_CLUSTER}.DbClusterMembers[0].DbInstanceIdentifier"
_MEMBER_PATHS: Final = {
    "Engine": f"{_OLD_CLUSTER}.Engine",
    "DBInstanceClass": "$.member.found.DbInstanceClass",
    "DBParameterGroupName": "$.member.found.DbParameterGroups[0].DbParameterGroupName",
}
"""The same of an instance in a cluster."""


class Restoring:
    """The states that write `$.recovery.text`; they lead to `then`, whatever RDS answers.

    Attributes:
        first: Where they begin.
        wide: Resources with a `*` that they need, each with the reason.
    """

    def __init__(self, scope: Construct, *, source: SnapshotSource, rds: RdsCalls, then: sfn.IChainable) -> None:
        """Make the states within `scope`."""
        self._scope = scope
        self._source = source
        self._rds = rds
        self._then = then
        self._unknown = self._say(
            "SayWhichSnapshot",
            JsonPath.format(
                f"{_FROM.rstrip('; ')}: {{}}. The runbook says how to restore it, under SnapshotFailed.", _ID
            ),
        )
        self.wide: dict[str, str] = {}
        self.first: sfn.IChainable = self._cluster() if source.is_cluster else self._instance()

    def _instance(self) -> sfn.IChainable:
        look = self._look(
            "DescribeDatabase",
            action="describeDBInstances",
            parameters={"DbInstanceIdentifier": self._source.identifier},
            resource=self._rds.arn("db", self._source.identifier),
            selector={"found": JsonPath.object_at("$.DbInstances[0]")},
            result_path="$.database",
        )
        use = self._options(
            "UseGroups", words=_INSTANCE, database={"DBInstanceIdentifier": NEW, **_at(_INSTANCE_PATHS)}
        )
        described = (
            sfn.Choice(self._scope, "IsDescribed", comment="Is all there that the command takes?")
            .when(_all_present(_INSTANCE_PATHS), use.next(self._say("SayHowToRestore", _words("database"))))
            .otherwise(self._unknown)
        )
        return look.next(described)

    def _cluster(self) -> sfn.IChainable:
        look = self._look(
            "DescribeDatabase",
            action="describeDBClusters",
            parameters={"DbClusterIdentifier": self._source.identifier},
            resource=self._rds.arn("cluster", self._source.identifier),
            selector={"found": JsonPath.object_at("$.DbClusters[0]")},
            result_path="$.cluster",
        )
        any_instance = self._rds.arn("db", "*")
        self.wide[any_instance] = "Which instances a cluster has is known when it is asked; they are only described"
        member = self._look(
            "DescribeMember",
            action="describeDBInstances",
            parameters={"DbInstanceIdentifier": _read(_FIRST_MEMBER)},
            resource=any_instance,
            selector={"found": JsonPath.object_at("$.DbInstances[0]")},
            result_path="$.member",
        )
        described = (
            sfn.Choice(self._scope, "IsDescribed", comment="Is all there that the command takes?")
            .when(_all_present({**_CLUSTER_PATHS, "member": _FIRST_MEMBER}), member)
            .otherwise(self._unknown)
        )
        member.next(self._kind_of_cluster())
        return look.next(described)

    def _kind_of_cluster(self) -> sfn.Choice:
        cluster = {"DBClusterIdentifier": NEW, **_at(_CLUSTER_PATHS)}
        member = {"DBInstanceIdentifier": f"{NEW}-1", "DBClusterIdentifier": NEW, **_at(_MEMBER_PATHS)}
        scaling = f"{_OLD_CLUSTER}.ServerlessV2ScalingConfiguration"
        capacities = {name: JsonPath.number_at(f"{scaling}.{name}") for name in ("MinCapacity", "MaxCapacity")}
        several_zones = f"{_OLD_CLUSTER}.DbClusterInstanceClass"
        provisioned = self._options("UseInstanceClass", words=_CLUSTER + _MEMBER, database=cluster, member=member)
        serverless = self._options(
            "UseServerlessScaling",
            words=_CLUSTER + _MEMBER,
            database={**cluster, "ServerlessV2ScalingConfiguration": capacities},
            member=member,
        )
        with_instances = self._options(
            "UseClusterClass",
            words=_CLUSTER,
            database={**cluster, "DBClusterInstanceClass": JsonPath.string_at(several_zones)},
        )
        say = self._say("SayHowToRestore", _words("database", "member"))
        say_cluster = self._say("SayHowToRestoreCluster", _words("database"))
        return (
            sfn.Choice(self._scope, "KindOfCluster", comment="What does the restored cluster need to run on?")
            .when(Condition.is_present(several_zones), with_instances.next(say_cluster))
            .when(Condition.not_(_all_present(_MEMBER_PATHS)), self._unknown)
            .when(_all_present({name: f"{scaling}.{name}" for name in capacities}), serverless.next(say))
            .otherwise(provisioned.next(say))
        )

    def _options(
        self, name: str, *, words: str, database: Mapping[str, Any], member: Mapping[str, Any] | None = None
    ) -> sfn.Pass:
        return sfn.Pass(
            self._scope,
            name,
            comment="What the commands have to say, so that the new database is like the old one",
            parameters={"words": words, "database": dict(database), **({"member": dict(member)} if member else {})},
            result_path=_RESTORE,
        )

    def _look(
        self,
        name: str,
        *,
        action: str,
        parameters: Mapping[str, Any],
        resource: str,
        selector: Mapping[str, Any],
        result_path: str,
    ) -> tasks.CallAwsService:
        task = self._rds.task(
            name,
            comment="What a restored database has to be like",
            action=action,
            parameters=parameters,
            resources=[resource],
            result_selector=selector,
            result_path=result_path,
        )
        task.add_catch(self._unknown, errors=[retries.ALL], result_path=JsonPath.DISCARD)
        return task

    def _say(self, name: str, text: str) -> sfn.Pass:
        say = sfn.Pass(
            self._scope,
            name,
            comment="For the message of a run that fails from here on",
            parameters={"text": text},
            result_path="$.recovery",
        )
        say.next(self._then)
        return say


def _at(paths: Mapping[str, str]) -> dict[str, Any]:
    return {name: _read(path) for name, path in paths.items()}


def _read(path: str) -> Any:
    # Interpreters do not agree whether a path through an element is one value or a list of one.
    if "[0]" in path:
        return JsonPath.array_get_item(JsonPath.string_at(path.replace("[0]", "[*]")), 0)
    return JsonPath.object_at(path)


def _all_present(paths: Mapping[str, str]) -> Condition:
    # A state fails past every Catch when a path leads nowhere. A choice asks for one element, not for all.
    return Condition.and_(*[Condition.is_present(path.replace("[*]", "[0]")) for path in paths.values()])


def _words(*parts: str) -> str:
    texts = [JsonPath.json_to_string(JsonPath.object_at(f"{_RESTORE}.{part}")) for part in parts]
    return JsonPath.format(JsonPath.string_at(f"{_RESTORE}.words"), _ID, *texts)
