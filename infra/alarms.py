"""What somebody has to hear of: the alarms of one orchestrator."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from . import metrics

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs
    from aws_cdk import aws_stepfunctions as sfn

_GRACE_HOURS: Final = 6
"""How long after its time a repair may end, at most a quarter of the time between two."""
_MOST_HOURS: Final = 78
"""Two periods of an alarm, each with its grace, may take a week."""

_RATE: Final = re.compile(r"rate\((\d+) (hour|day)s?\)")
_DAILY: Final = re.compile(r"cron\(\S+ \S+ (\*|\?) \* (\*|\?)( \*)?\)")
_AT_LEAST: Final = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD


def period_of(schedule: str) -> Duration | None:
    """How long a time of the schedule's holds a repair always, for an alarm that misses it.

    Args:
        schedule: A `cron(…)` or `rate(…)` expression.

    Returns:
        The rate, or a day for a `cron` that is for every day, with some hours more: the periods of an alarm begin at
        any minute. None for what no alarm can watch: minutes, or nearly half a week.
    """
    match = _RATE.fullmatch(schedule)
    hours = int(match[1]) * {"hour": 1, "day": 24}[match[2]] if match else 24 if _DAILY.fullmatch(schedule) else 0
    if not 0 < hours <= _MOST_HOURS:
        return None
    return Duration.minutes(60 * hours + min(60 * _GRACE_HOURS, 15 * hours))


def failure_alarm(
    scope: Construct,
    *,
    target: str,
    machine: sfn.StateMachine,
    dead_letters: sqs.IQueue,
    topic: sns.ITopic,
    description: str,
) -> cloudwatch.Alarm:
    """Create `FailureAlarm` within `scope`: a helper of the workflow failed, or what should have started it is stuck.

    Args:
        scope: The construct to create it in.
        target: Whose helper it is.
        machine: The helper.
        dead_letters: Where what could not be delivered to it is left.
        topic: Where messages go.
        description: What it means, for people.
    """
    return _alarm(
        scope,
        "FailureAlarm",
        target=target,
        topic=topic,
        metric=metrics.undone(machine, dead_letters),
        description=description,
        missing=cloudwatch.TreatMissingData.NOT_BREACHING,
    )


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
        patcher: lambda_.IFunction,
        state_machine: sfn.StateMachine,
        audit_table: dynamodb.ITable,
        topic: sns.ITopic,
        schedule: str | None,
    ) -> None:
        """Create the alarms, each with a message to `topic`.

        Args:
            scope: The construct to create them in.
            construct_id: The name of this construct there.
            target: Whose numbers they look at.
            patcher: What publishes them.
            state_machine: The workflow.
            audit_table: What has to take every record.
            topic: Where messages go.
            schedule: When drift is repaired, None when that is left to people.
        """
        super().__init__(scope, construct_id)
        alarm = partial(_alarm, self, target=target, topic=topic)
        self.all = [
            alarm(
                "FailedRun",
                metric=metrics.failed_runs(state_machine),
                description="A run failed, timed out or was aborted",
                missing=cloudwatch.TreatMissingData.NOT_BREACHING,
            ),
            alarm(
                "Drift",
                metric=metrics.own(metrics.DRIFT, target=target, patcher=patcher, statistic="Maximum"),
                description="The schema is not what the patches left; see the runbook under DriftFound",
                # Nobody looked again: what was found is still there.
                missing=cloudwatch.TreatMissingData.IGNORE,
            ),
            alarm(
                "AuditFailed",
                metric=metrics.refused_records(audit_table, target=target, patcher=patcher),
                description="The audit table did not take a record; see the runbook under AuditUnavailable",
                missing=cloudwatch.TreatMissingData.NOT_BREACHING,
            ),
        ]
        period = period_of(schedule) if schedule else None
        if period is not None:
            self.all.append(
                alarm(
                    "MissedRepairs",
                    metric=metrics.missed(metrics.REPAIRS, target=target, patcher=patcher, period=period),
                    description="No repair got to its end at its time, after others had",
                    # Nothing is said before the first repair, nor of a further one that is missed.
                    missing=cloudwatch.TreatMissingData.IGNORE,
                    periods=2,
                    to_alarm=1,
                )
            )


def _alarm(
    scope: Construct,
    name: str,
    *,
    target: str,
    topic: sns.ITopic,
    metric: cloudwatch.IMetric,
    description: str,
    missing: cloudwatch.TreatMissingData,
    periods: int = 1,
    to_alarm: int = 1,
) -> cloudwatch.Alarm:
    alarm = cloudwatch.Alarm(
        scope,
        name,
        alarm_description=f"rdspatch {target}: {description}",
        metric=metric,
        threshold=1,
        evaluation_periods=periods,
        datapoints_to_alarm=to_alarm if to_alarm < periods else None,
        comparison_operator=_AT_LEAST,
        treat_missing_data=missing,
    )
    action = actions.SnsAction(topic)
    alarm.add_alarm_action(action)
    if missing is not cloudwatch.TreatMissingData.NOT_BREACHING:
        # The others end by themselves after five minutes, which is no news.
        alarm.add_ok_action(action)
    return alarm
