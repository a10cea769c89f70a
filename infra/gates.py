"""What stands between a plan and its first patch, where the stage asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_cdk.aws_stepfunctions import Condition, JsonPath

from .approvals import Approvals
from .policies import Approval, Snapshot, SnapshotPolicy
from .snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_stepfunctions as sfn
    from constructs import Construct

    from .outcomes import Outcomes
    from .records import Records
    from .snapshot_source import SnapshotSource

_ADDITIVE = "$.work.additive"
"""Of the plan only: what Apply answers has no such field, so no gate is passed twice."""
_NEEDED = "$.work.approval.needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a stage asks for before patches are applied."""

    approval: Approval = field(default_factory=Approval)
    questions: dynamodb.ITable | None = None
    """Where a run that waits keeps its question; may be missing where none ever does."""
    snapshot: Snapshot = field(default_factory=Snapshot)
    source: SnapshotSource | None = None
    """What a snapshot is taken of; may be missing where none ever is."""

    def __post_init__(self) -> None:
        """Refuse hazards that would wait with nowhere to ask: nothing would hold them back then."""
        if self.approval.hazards and self.questions is None:
            raise ValueError("hazards that wait for an approval need a table for the question")


class Gates:
    """Makes the states of each gate, and the condition on which a run goes there."""

    def __init__(
        self, scope: Construct, *, target: str, topic: sns.ITopic, records: Records, outcomes: Outcomes, rules: Rules
    ) -> None:
        """Make states within `scope`."""
        self._scope = scope
        self._target = target
        self._topic = topic
        self._records = records
        self._outcomes = outcomes
        self._rules = rules
        self.wide: dict[str, str] = {}
        """Resources with a `*` that the states need, each with the reason; complete once `before` has been used."""

    @property
    def question(self) -> dict[str, Any]:
        """What Plan is told: which kinds of hazard wait, and what was approved so far."""
        return {"ask": list(self._rules.approval.hazards), "given": JsonPath.object_at("$.approved")}

    @property
    def longest_hours(self) -> int:
        """How long a run may wait here."""
        return self._rules.approval.hours if self._rules.approval.hazards else 0

    def before(self, apply: sfn.IChainable, *, plan: sfn.IChainable) -> Iterator[tuple[sfn.Condition, sfn.IChainable]]:
        """The gates, in order; each leads to `apply` in the end, or back to `plan`."""
        if self._rules.questions is not None:
            approvals = Approvals(
                self._scope,
                target=self._target,
                topic=self._topic,
                hours=self._rules.approval.hours,
                table=self._rules.questions,
                outcomes=self._outcomes,
                then=plan,
            )
            needed = Condition.and_(Condition.is_present(_NEEDED), Condition.boolean_equals(_NEEDED, value=True))
            yield needed, approvals.first
        snapshot, source = self._rules.snapshot, self._rules.source
        if source is None or snapshot.policy is SnapshotPolicy.NEVER:
            return
        snapshots = Snapshots(
            self._scope,
            source=source,
            target=self._target,
            keep=snapshot.keep,
            records=self._records,
            outcomes=self._outcomes,
            then=apply,
        )
        self.wide |= snapshots.wide
        planned = [Condition.is_present(_ADDITIVE), Condition.number_greater_than("$.work.pending", 0)]
        if snapshot.policy is SnapshotPolicy.WHEN_NEEDED:
            planned.append(Condition.boolean_equals(_ADDITIVE, value=False))
        yield Condition.and_(*planned), snapshots.first
