"""What a run does in each mode: plan and apply, drift, repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions import Condition, JsonPath

from .functions import PATCHER_SECONDS
from .invocations import DRIFT, PLAN, REPAIR, WORK

if TYPE_CHECKING:
    from constructs import Construct

    from .gates import Gates
    from .invocations import Invocations
    from .outcomes import Outcomes

LOOK_SECONDS = 120
"""Timeout of the actions that only look."""

_STATUS = "$.work.status"


class Steps:
    """The states between Preflight and the outcome or Verify; `first` is where they begin."""

    def __init__(
        self,
        scope: Construct,
        *,
        invocations: Invocations,
        outcomes: Outcomes,
        verify: sfn.IChainable,
        gates: Gates,
    ) -> None:
        """Make the states within `scope`; what applied or repaired goes on to `verify`."""
        self._gates = gates
        self._scope = scope
        self._invocations = invocations
        self._outcomes = outcomes
        self._verify = verify
        self._unknown = sfn.Pass(
            scope,
            "UnknownStatus",
            comment="The patcher answered something that this workflow does not know",
            result=sfn.Result.from_object({"Error": "an unknown status", "Cause": ""}),
            result_path="$.failure",
        ).next(outcomes.unexplained)
        mode = "$.request.mode"
        self.first = (
            sfn.Choice(scope, "Mode", comment="What is this run for?")
            .when(Condition.string_equals(mode, "drift"), self._drift())
            .when(Condition.string_equals(mode, "repair"), self._repair())
            .otherwise(self._plan())
        )

    def _plan(self) -> sfn.TaskStateBase:
        plan = self._invocations.patcher(
            "Plan",
            comment="Compares the ledger with the patches",
            arguments={"request": JsonPath.object_at("$.request"), "approval": self._gates.question},
            fields=PLAN,
            result_path="$.work",
            seconds=LOOK_SECONDS,
        )
        apply = self._invocations.patcher(
            "Apply",
            comment="Applies patches until none is left, the time is up, or a lock has to be waited for",
            arguments={"request": JsonPath.object_at("$.request"), "work": JsonPath.object_at("$.work")},
            fields=WORK,
            result_path="$.work",
            seconds=PATCHER_SECONDS,
        )
        choice = (
            sfn.Choice(self._scope, "NextStep", comment="What is left to do?")
            .when(Condition.string_equals("$.request.mode", "plan"), self._outcomes.planned)
            .when(Condition.string_equals(_STATUS, "done"), self._verify)
        )
        for condition, first in self._gates.before(apply, plan=plan):
            choice.when(condition, first)
        (
            choice.when(Condition.string_equals(_STATUS, "continue"), apply)
            .when(Condition.string_equals(_STATUS, "wait"), self._wait("WaitForLock", then=apply))
            .otherwise(self._unknown)
        )
        apply.next(choice)
        plan.next(choice)
        return plan

    def _drift(self) -> sfn.TaskStateBase:
        look = self._invocations.patcher(
            "Drift",
            comment="Compares the schema with what the applied patches lead to; changes nothing",
            arguments={"request": JsonPath.object_at("$.request")},
            fields=DRIFT,
            result_path="$.drift",
            seconds=LOOK_SECONDS,
        )
        none = [Condition.number_equals(f"$.drift.{kind}", 0) for kind in ("missing", "changed", "extra")]
        look.next(
            sfn.Choice(self._scope, "IsInParity", comment="Is there any difference, and could all of it be judged?")
            .when(Condition.and_(*none, Condition.number_equals("$.drift.unknown", 0)), self._outcomes.in_parity)
            .when(Condition.and_(*none), self._outcomes.unjudged)
            .otherwise(self._outcomes.drifted)
        )
        return look

    def _repair(self) -> sfn.TaskStateBase:
        repair = self._invocations.patcher(
            "Repair",
            comment="Replays additive patches whose effects are missing; yields to a run that is at work",
            arguments={"request": JsonPath.object_at("$.request"), "work": JsonPath.object_at("$.work")},
            fields=REPAIR,
            result_path="$.work",
            seconds=PATCHER_SECONDS,
        )
        repair.next(
            sfn.Choice(self._scope, "NextRepair", comment="What is left to repair?")
            .when(Condition.string_equals(_STATUS, "done"), self._verify)
            .when(Condition.string_equals(_STATUS, "continue"), repair)
            .when(Condition.string_equals(_STATUS, "wait"), self._wait("WaitForLockOfRepair", then=repair))
            .when(Condition.string_equals(_STATUS, "busy"), self._outcomes.skipped)
            .otherwise(self._unknown)
        )
        return repair

    def _wait(self, name: str, *, then: sfn.IChainable) -> sfn.Chain:
        return sfn.Wait(
            self._scope,
            name,
            comment="Somebody else holds the table; waiting here costs nothing",
            time=sfn.WaitTime.seconds_path("$.work.wait_seconds"),
        ).next(then)
