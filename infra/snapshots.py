"""A snapshot of the database before a run that does more than add: the way back that does not need a patch."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions import Condition, JsonPath

from . import retries
from .rds_calls import RdsCalls
from .records import RUN_ID, STARTED_AT
from .restoring import Restoring

if TYPE_CHECKING:
    from constructs import Construct

    from .outcomes import Outcomes
    from .records import Records
    from .snapshot_source import SnapshotSource

RECORD_SEQUENCE: Final = 100_000
"""After all that a function records before Apply; what Apply records comes after it."""

_LOOK_SECONDS: Final = 30
_ID: Final = JsonPath.string_at("$.snapshot.id")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Api:
    """How RDS calls things: alike, and yet not the same, for instances and for clusters."""

    kind: str
    """In the names of actions, parameters and errors, as Step Functions writes them."""
    action: str
    """The same in the names of actions."""
    resource: str
    """In ARNs of the database and, after `-snapshot` where there is one, of its snapshots."""
    snapshot: str
    longest: int
    """The most characters that the name of a snapshot may have."""


_INSTANCE: Final = _Api(kind="Db", action="DB", resource="db", snapshot="snapshot", longest=255)
_CLUSTER: Final = _Api(
    kind="DbCluster", action="DBCluster", resource="cluster", snapshot="cluster-snapshot", longest=63
)
_DAY_AND_CHANCE: Final = len("-2026-01-31-0123456789ab")


def prefix_of(target: str, *, longest: int) -> str:
    """How the names of a target's snapshots begin, so that day and chance still fit behind it.

    Args:
        target: The name of the database.
        longest: The most characters of a whole name.

    Returns:
        A prefix that no other target has: of a name that is too long a digest stands for what is left out.
    """
    whole = "rdspatch-" + re.sub("-+", "-", target).strip("-")
    room = longest - _DAY_AND_CHANCE
    if len(whole) <= room:
        return whole
    digest = hashlib.sha256(target.encode()).hexdigest()[:8]
    return f"{whole[: room - len(digest) - 1].rstrip('-')}-{digest}"


class Snapshots:
    """The states that take one snapshot, wait for it, record it and remove old ones.

    Attributes:
        first: Where they begin.
        wide: Resources with a `*` that they need, each with the reason.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        source: SnapshotSource,
        target: str,
        keep: int,
        records: Records,
        outcomes: Outcomes,
        then: sfn.IChainable,
    ) -> None:
        """Make the states within `scope`; they lead to `then`, or to an outcome when there is no snapshot."""
        self._scope = scope
        self._rds = RdsCalls(scope)
        self._source = source
        self._target = target
        self._keep = keep
        self._records = records
        self._outcomes = outcomes
        self._api = _CLUSTER if source.is_cluster else _INSTANCE
        self._prefix = prefix_of(target, longest=self._api.longest)
        self._ours = self._rds.arn(self._api.snapshot, f"{self._prefix}-*")
        self.wide = {self._ours: "A snapshot has no name before it is taken; ours begin alike, and no others do"}
        self.first = self._name().next(self._take(self._record(self._remove(then))))

    def _name(self) -> sfn.Pass:
        day = JsonPath.array_get_item(JsonPath.string_split(JsonPath.string_at(STARTED_AT), "T"), 0)
        return sfn.Pass(
            self._scope,
            "NameSnapshot",
            comment="One name for all tries, so that a second try finds what the first one began",
            # The last part of a UUID is enough chance for one day, and all that a cluster's snapshot has room for.
            parameters={
                "id": JsonPath.format(
                    f"{self._prefix}-{{}}-{{}}",
                    day,
                    JsonPath.array_get_item(JsonPath.string_split(JsonPath.uuid(), "-"), 4),
                )
            },
            result_path="$.snapshot",
        )

    def _take(self, then: sfn.IChainable) -> sfn.IChainable:
        kind = self._api.kind
        taken = f"Rds.{kind}SnapshotAlreadyExistsException"
        take = self._rds.task(
            "TakeSnapshot",
            comment="Patches that do more than add are pending",
            action=f"create{self._api.action}Snapshot",
            parameters={
                f"{kind if kind == 'DbCluster' else 'DbInstance'}Identifier": self._source.identifier,
                f"{kind}SnapshotIdentifier": _ID,
                "Tags": [
                    {"Key": "rdspatch:target", "Value": self._target},
                    {"Key": "rdspatch:run", "Value": JsonPath.string_at(RUN_ID)},
                ],
            },
            resources=[self._database_arn(), self._ours],
            more=[iam.PolicyStatement(actions=["rds:AddTagsToResource"], resources=[self._ours])],
            retry=retries.snapshot(taken),
            result_path=JsonPath.DISCARD,
        )
        look = self._rds.task(
            "LookAtSnapshot",
            comment="A snapshot takes minutes; the first of a large database takes longer",
            action=f"describe{self._api.action}Snapshots",
            parameters={f"{kind}SnapshotIdentifier": _ID},
            resources=[self._database_arn(), self._ours],
            result_selector={"found": JsonPath.object_at(f"$.{kind}Snapshots[0]")},
            result_path="$.look",
        )
        wait = sfn.Wait(
            self._scope,
            "WaitForSnapshot",
            comment="Nothing is applied before the snapshot is there",
            time=sfn.WaitTime.duration(Duration.seconds(_LOOK_SECONDS)),
        )
        failed = self._outcomes.no_snapshot
        take.add_catch(wait, errors=[taken], result_path=JsonPath.DISCARD)
        for task in (take, look):
            task.add_catch(failed, errors=[retries.ALL], result_path="$.failure")
        status = "$.look.found.Status"
        ready = (
            sfn.Choice(self._scope, "IsSnapshotThere", comment="Is it complete?")
            .when(Condition.string_equals(status, "available"), then)
            .when(Condition.string_equals(status, "creating"), wait)
            .otherwise(failed)
        )
        return take.next(wait).next(look).next(ready)

    def _record(self, then: sfn.IChainable) -> sfn.IChainable:
        find = self._records.find_last(
            "FindRecordBeforeSnapshot", comment="The newest record, which the next one continues", result_path="$.found"
        )
        record = self._records.put(
            "RecordSnapshot",
            comment="Records which snapshot is from before the patches",
            event="snapshot_taken",
            sequence=RECORD_SEQUENCE,
            body="$.snapshot",
            previous_hash="$.found.items[0].hash.S",
        )
        note = self._records.note(
            "NoteSnapshot",
            comment="A list of our snapshots, from which old ones are removed",
            kind="SNAPSHOT",
            sort=JsonPath.format("{}#{}", JsonPath.string_at(STARTED_AT), _ID),
            values={"snapshot": _ID},
        )
        say = Restoring(self._scope, source=self._source, rds=self._rds, then=then)
        self.wide |= say.wide
        record.add_catch(note, errors=[retries.ALREADY_RECORDED], result_path=JsonPath.DISCARD)
        note.add_catch(say.first, errors=[retries.ALREADY_RECORDED], result_path=JsonPath.DISCARD)
        find.add_catch(self._outcomes.no_snapshot, errors=[retries.ALL], result_path="$.failure")
        for task in (record, note):
            task.add_catch(self._outcomes.no_snapshot, errors=[retries.ALL], result_path="$.failure")
        find.next(record).next(note).next(say.first)
        return find

    def _remove(self, then: sfn.IChainable) -> sfn.IChainable:
        find = self._records.find_notes(
            "FindOldSnapshots",
            comment=f"The {self._keep} newest stay, this one among them",
            kind="SNAPSHOT",
            most=2 * self._keep,
            result_selector={"parts": JsonPath.array_partition(JsonPath.string_at("$.Items"), self._keep)},
            result_path="$.old",
        )
        remove = self._rds.task(
            "RemoveSnapshot",
            comment="One that is gone already is as good",
            action=f"delete{self._api.action}Snapshot",
            parameters={f"{self._api.kind}SnapshotIdentifier": JsonPath.string_at("$.snapshot.S")},
            resources=[self._ours],
            result_path=JsonPath.DISCARD,
            retry=retries.REMOVAL,
        )
        kept = sfn.Pass(self._scope, "SnapshotStays", comment="The next run tries again; this one has work to do")
        remove.add_catch(kept, errors=[retries.ALL], result_path=JsonPath.DISCARD)
        each = sfn.Map(
            self._scope,
            "RemoveOldSnapshots",
            comment="Those that are beyond the number to keep",
            items_path="$.old.parts[1]",
            max_concurrency=1,
            result_path=JsonPath.DISCARD,
        ).item_processor(remove)
        find.add_catch(then, errors=[retries.ALL], result_path=JsonPath.DISCARD)
        each.add_catch(then, errors=[retries.ALL], result_path=JsonPath.DISCARD)
        choice = (
            sfn.Choice(self._scope, "HasOldSnapshots", comment="Are there more than are to be kept?")
            .when(Condition.is_present("$.old.parts[1]"), each.next(then))
            .otherwise(then)
        )
        return find.next(choice)

    def _database_arn(self) -> str:
        return self._rds.arn(self._api.resource, self._source.identifier)
