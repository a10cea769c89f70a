"""The numbers that alarms and dashboard look at: those of AWS, and those that the functions write into their logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_stepfunctions as sfn

NAMESPACE: Final = "rdspatch"

PATCHES_APPLIED: Final = "PatchesApplied"
LOCK_ATTEMPTS: Final = "LockAttempts"
LOCK_WAIT: Final = "LockWait"
"""Seconds for which the workflow is to wait before it tries again."""
ACTION_TIME: Final = "ActionTime"
"""Milliseconds that one action of the patcher took."""
DRIFT: Final = "Drift"
"""Objects that are not as the patches left them."""
REPAIRS: Final = "Repairs"
"""Repairs that got to their end, whether or not there was something to do."""
AUDIT_FAILURES: Final = "AuditFailures"

FIVE_MINUTES: Final = Duration.minutes(5)


def own(name: str, *, target: str, statistic: str, period: Duration = FIVE_MINUTES) -> cloudwatch.Metric:
    """A number of the functions of one target."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"target": target},
        statistic=statistic,
        period=period,
    )


def failed_runs(machines: Sequence[sfn.StateMachine]) -> cloudwatch.MathExpression:
    """Executions that did not succeed, however they ended."""
    ends = {
        f"{end}{number}": machine.metric(f"Executions{end}", statistic="Sum")
        for number, machine in enumerate(machines)
        for end in ("Failed", "TimedOut", "Aborted")
    }
    # The names of numbers begin with a small letter.
    named: dict[str, cloudwatch.IMetric] = {f"executions{name}": metric for name, metric in ends.items()}
    return cloudwatch.MathExpression(
        label="failed runs",
        # A number that nobody reported is no number, and a sum with it would be none.
        expression=" + ".join(f"FILL({name}, 0)" for name in named),
        using_metrics=named,
        period=FIVE_MINUTES,
    )


def refused_records(table: dynamodb.ITable, *, target: str) -> cloudwatch.MathExpression:
    """Records that the audit table did not take: as the functions saw it, and as the table did."""
    put = {"TableName": table.table_name, "Operation": "PutItem"}

    def of_table(name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB", metric_name=name, dimensions_map=put, statistic="Sum", period=FIVE_MINUTES
        )

    return cloudwatch.MathExpression(
        label="audit records refused",
        expression="FILL(unavailable, 0) + FILL(throttled, 0) + FILL(broken, 0)",
        using_metrics={
            "unavailable": own(AUDIT_FAILURES, target=target, statistic="Sum"),
            "throttled": of_table("ThrottledRequests"),
            "broken": of_table("SystemErrors"),
        },
        period=FIVE_MINUTES,
    )
