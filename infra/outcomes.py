"""How a run can end. Every outcome has the same shape, so that one path records and reports them all."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions import JsonPath

from .records import RECOVERY
from .retries import OURS

if TYPE_CHECKING:
    from constructs import Construct


class Outcomes:
    """The states that decide what `$.outcome` is, each made when something asks for it.

    Step Functions refuses a state machine with a state that nothing leads to, so an outcome that no state of a run can
    have is never made.
    """

    def __init__(self, scope: Construct) -> None:
        """Make the states within `scope`; each still needs its Next."""
        self._scope = scope
        self._made: list[sfn.Pass] = []

    @property
    def recorded(self) -> tuple[sfn.Pass, ...]:
        """Every outcome made so far that is to be recorded: all but the one that the audit table did not take."""
        return tuple(outcome for outcome in self._made if outcome is not self.not_recorded)

    @cached_property
    def planned(self) -> sfn.Pass:
        return self._outcome(
            "OutcomePlanned",
            comment="Only a plan was asked for",
            result="planned",
            message=JsonPath.format(
                "Pending patches: {}. Nothing was changed.{}",
                _number("$.work.pending"),
                JsonPath.string_at("$.work.note"),
            ),
        )

    @cached_property
    def succeeded(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeSucceeded",
            comment="The schema is what the patches say, and the application is healthy",
            result="succeeded",
            message=JsonPath.format(
                "Patches applied: {}, verified: {}. The application is {}.",
                _number("$.work.applied"),
                _number("$.verified.verified"),
                JsonPath.string_at("$.health.reason"),
            ),
        )

    @cached_property
    def repaired(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeRepaired",
            comment="Nothing that the patches made is missing, and the application is healthy",
            result="succeeded",
            message=JsonPath.format(
                "Patches replayed: {}, verified: {}. The application is {}.",
                _number("$.work.applied"),
                _number("$.verified.verified"),
                JsonPath.string_at("$.health.reason"),
            ),
        )

    @cached_property
    def skipped(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeSkipped",
            comment="Another run is at work; what it leaves is looked at the next time",
            result="skipped",
            message=JsonPath.format("busy: {}", JsonPath.string_at("$.work.holder")),
        )

    @cached_property
    def in_parity(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeInParity",
            comment="The schema is what the applied patches lead to",
            result="in_parity",
            message="The schema is what the applied patches lead to. Nothing was changed.",
        )

    @cached_property
    def drifted(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeDrifted",
            comment="The schema is something else than the applied patches lead to",
            result="drifted",
            error="DriftFound",
            message=JsonPath.format(
                "Missing: {}, changed: {}, extra: {}. First: {}. "
                "The record drift_checked of this run has the others. Nothing was changed.{}",
                _number("$.drift.missing"),
                _number("$.drift.changed"),
                _number("$.drift.extra"),
                JsonPath.string_at("$.drift.differences[0]"),
                JsonPath.string_at("$.drift.unjudged"),
            ),
        )

    @cached_property
    def unjudged(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeUnjudged",
            comment="No difference is known, and the ledger has patches that no file here stands for",
            result="unjudged",
            error="DriftUnjudged",
            message=JsonPath.format(
                "No difference is known, which is not the same as none.{} "
                "The record drift_checked of this run has what stands out. Nothing was changed.",
                JsonPath.string_at("$.drift.unjudged"),
            ),
        )

    @cached_property
    def unhealthy(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeUnhealthy",
            comment="The patches are applied, but the application does not answer as it should",
            result="unhealthy",
            error="Unhealthy",
            message=_with_recovery(JsonPath.string_at("$.health.reason")),
        )

    @cached_property
    def not_started(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeNotStarted",
            comment="Without a record of its start a run does nothing",
            result="failed",
            error="AuditUnavailable",
            message="The audit table did not take the start of this run. Nothing was touched; start again.",
        )

    @cached_property
    def health_not_recorded(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeHealthNotRecorded",
            comment="Patches and health check are done, but a record is missing",
            result="failed",
            error="AuditUnavailable",
            message=JsonPath.format(
                "The patches are applied and verified, but the audit table did not take the health check: {}",
                JsonPath.string_at("$.health.reason"),
            ),
        )

    @cached_property
    def no_snapshot(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeNoSnapshot",
            comment="Without the snapshot that it needs a run applies nothing",
            result="failed",
            error="SnapshotFailed",
            message="There is no snapshot, or no record of it, so nothing was applied. "
            "The failed state in the history of this execution shows the cause.",
        )

    @cached_property
    def rejected(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeRejected",
            comment="Somebody has said no",
            result="rejected",
            error="ApprovalRejected",
            message=JsonPath.format(
                "Rejected by {}: {}. Nothing was applied.",
                JsonPath.string_at("$.answer.by"),
                JsonPath.string_at("$.answer.comment"),
            ),
        )

    @cached_property
    def expired(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeExpired",
            comment="Nobody has said anything",
            result="expired",
            error="ApprovalExpired",
            message="Nobody has approved the hazards of the pending patches in time. Nothing was applied.",
        )

    @cached_property
    def not_recorded(self) -> sfn.Pass:
        return self._outcome(
            "OutcomeNotRecorded",
            comment="The run is over, but its last record is missing",
            result="failed",
            error="AuditUnavailable",
            message=JsonPath.format(
                "The audit table did not take the outcome of this run, which is: {}. {}",
                JsonPath.string_at("$.outcome.result"),
                JsonPath.string_at("$.outcome.message"),
            ),
        )

    @cached_property
    def failed(self) -> sfn.Choice:
        """Tells an error of ours from any other."""
        explained = self._outcome(
            "OutcomeFailed",
            comment="The function's own words",
            result="failed",
            error=JsonPath.string_at("$.failure.Error"),
            message=_with_recovery(JsonPath.string_at("$.failure.Cause.errorMessage")),
        )
        read_cause = sfn.Pass(
            self._scope,
            "ReadCause",
            comment="Our functions report JSON; its errorMessage is for people",
            parameters={
                "Error": JsonPath.string_at("$.failure.Error"),
                "Cause": JsonPath.string_to_json(JsonPath.string_at("$.failure.Cause")),
            },
            result_path="$.failure",
        ).next(explained)
        ours = [sfn.Condition.string_equals("$.failure.Error", name) for name in OURS]
        return (
            sfn.Choice(self._scope, "IsOurError", comment="Did one of our functions raise it on purpose?")
            .when(sfn.Condition.or_(*ours), read_cause)
            .otherwise(self.unexplained)
        )

    @cached_property
    def unexplained(self) -> sfn.Pass:
        # Any other cause may be plain text, of any length, with anything in it: it stays in the history. The
        # error's name goes into the message, because a Fail state must not use the reserved names (`States.…`).
        return self._outcome(
            "OutcomeBroken",
            comment="Something else than our functions failed",
            result="failed",
            error="UnexpectedFailure",
            message=JsonPath.format(
                "The run stopped on {}, which rdspatch did not raise. "
                "The failed state in the history of this execution shows the cause.{}",
                JsonPath.string_at("$.failure.Error"),
                JsonPath.string_at(RECOVERY),
            ),
        )

    def _outcome(self, name: str, *, comment: str, result: str, message: str, error: str = "") -> sfn.Pass:
        outcome = sfn.Pass(
            self._scope,
            name,
            comment=comment,
            parameters={
                "result": result,
                "error": error,
                "message": message,
                "applied": _number("$.work.applied"),
                "pending": _number("$.work.pending"),
            },
            result_path="$.outcome",
        )
        self._made.append(outcome)
        return outcome


def _with_recovery(message: str) -> str:
    return JsonPath.format("{}{}", message, JsonPath.string_at(RECOVERY))


def _number(path: str) -> str:
    # `number_at` gives a token that only numbers accept; the rendered path is the same.
    return JsonPath.string_at(path)
