"""What somebody has to hear of: the alarms of one orchestrator."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from . import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_stepfunctions as sfn

_MOST_HOURS: Final = 84
"""Two periods of an alarm may take a week."""

_RATE: Final = re.compile(r"rate\((\d+) (hour|day)s?\)")
_DAILY: Final = re.compile(r"cron\(\S+ \S+ (\*|\?) \* (\*|\?)( \*)?\)")
_AT_LEAST: Final = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD


def period_of(schedule: str) -> Duration | None:
    """How often a schedule fires at least, for an alarm that misses it.

    Args:
        schedule: A `cron(…)` or `rate(…)` expression.

    Returns:
        The rate, in whole hours; a day for a `cron` that is for every day; None for what no alarm can watch: minutes,
        or more than half a week.
    """
    if _DAILY.fullmatch(schedule):
        return Duration.days(1)
    match = _RATE.fullmatch(schedule)
    hours = int(match[1]) * {"hour": 1, "day": 24}[match[2]] if match else 0
    return Duration.hours(hours) if 0 < hours <= _MOST_HOURS else None


class Alarms(Construct):
    """A failed run, drift, a record that the audit did not take, and repairs that no longer happen.

    Attributes:
        all: Every alarm, for a dashboard.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        target: str,
        state_machines: Sequence[sfn.StateMachine],
        audit_table: dynamodb.ITable,
        topic: sns.ITopic,
        schedule: str | None,
    ) -> None:
        """Create the alarms, each with a message to `topic`.

        Args:
            scope: The construct to create them in.
            construct_id: The name of this construct there.
            target: Whose numbers they look at.
            state_machines: The workflow, and those that start it and that record its end; none may fail.
            audit_table: What has to take every record.
            topic: Where messages go.
            schedule: When drift is repaired, None when that is left to people.
        """
        super().__init__(scope, construct_id)
        self._target = target
        self._action = actions.SnsAction(topic)
        self.all = [
            self._alarm(
                "FailedRun",
                metrics.failed_runs(state_machines),
                "A run failed, timed out or was aborted",
                missing=cloudwatch.TreatMissingData.NOT_BREACHING,
            ),
            self._alarm(
                "Drift",
                metrics.own(metrics.DRIFT, target=target, statistic="Maximum"),
                "The schema is not what the patches left; see the runbook under DriftFound",
                # Nobody looked again: what was found is still there.
                missing=cloudwatch.TreatMissingData.IGNORE,
            ),
            self._alarm(
                "AuditFailed",
                metrics.refused_records(audit_table, target=target),
                "The audit table did not take a record; see the runbook under AuditUnavailable",
                missing=cloudwatch.TreatMissingData.NOT_BREACHING,
            ),
        ]
        period = period_of(schedule) if schedule else None
        if period is not None:
            self.all.append(
                self._alarm(
                    "MissedRepairs",
                    metrics.own(metrics.REPAIRS, target=target, statistic="Sum", period=period),
                    "No repair got to its end for two periods of its schedule",
                    # Silence is the very thing that this alarm is for.
                    missing=cloudwatch.TreatMissingData.BREACHING,
                    periods=2,
                    comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
                )
            )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        description: str,
        *,
        missing: cloudwatch.TreatMissingData,
        periods: int = 1,
        comparison: cloudwatch.ComparisonOperator = _AT_LEAST,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_description=f"rdspatch {self._target}: {description}",
            metric=metric,
            threshold=1,
            evaluation_periods=periods,
            comparison_operator=comparison,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._action)
        if missing is not cloudwatch.TreatMissingData.NOT_BREACHING:
            # The others end by themselves after five minutes, which is no news.
            alarm.add_ok_action(self._action)
        return alarm
