"""The numbers that alarms and dashboard look at: those of AWS, and those that the functions write into their logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs
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


def own(
    name: str, *, target: str, patcher: lambda_.IFunction, statistic: str, period: Duration = FIVE_MINUTES
) -> cloudwatch.Metric:
    """A number that the patcher of one target publishes."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"target": target, "function_name": patcher.function_name},
        statistic=statistic,
        period=period,
    )


def failed_runs(machine: sfn.StateMachine) -> cloudwatch.MathExpression:
    """Executions that did not succeed, however they ended."""
    return _sum_of("failed runs", _bad_ends(machine))


def undone(machine: sfn.StateMachine, dead_letters: sqs.IQueue) -> cloudwatch.MathExpression:
    """What a state machine was started for and did not do, and what never came to it."""
    left = dead_letters.metric_approximate_number_of_messages_visible(statistic="Maximum")
    return _sum_of("failed or undelivered", {**_bad_ends(machine), "undelivered": left})


def refused_records(table: dynamodb.ITable, *, target: str, patcher: lambda_.IFunction) -> cloudwatch.MathExpression:
    """Records that the audit table did not take: as the functions saw it, and as the table did."""
    put = {"TableName": table.table_name, "Operation": "PutItem"}

    def of_table(name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB", metric_name=name, dimensions_map=put, statistic="Sum", period=FIVE_MINUTES
        )

    parts = {
        "unavailable": own(AUDIT_FAILURES, target=target, patcher=patcher, statistic="Sum"),
        "throttled": of_table("ThrottledRequests"),
        "broken": of_table("SystemErrors"),
    }
    return _sum_of("audit records refused", parts)


def missed(name: str, *, target: str, patcher: lambda_.IFunction, period: Duration) -> cloudwatch.MathExpression:
    """1 where a number stopped coming, 0 where it came, nothing where there is no news.

    Before the first it is not missed, and after that it is missed once: an alarm that ignores what is missing begins
    quietly, and stays until the number comes again.
    """
    came = "IF(FILL(number, 0) > 0, 1, 0)"
    return cloudwatch.MathExpression(
        label=f"{name} missed",
        expression=f"IF({came} == 1, 0, IF(DIFF({came}) == -1, 1))",
        using_metrics={"number": own(name, target=target, patcher=patcher, statistic="Sum", period=period)},
        period=period,
    )


def _bad_ends(machine: sfn.StateMachine) -> dict[str, cloudwatch.IMetric]:
    ends = {"failed": "ExecutionsFailed", "timedOut": "ExecutionsTimedOut", "aborted": "ExecutionsAborted"}
    return {name: machine.metric(metric, statistic="Sum") for name, metric in ends.items()}


def _sum_of(label: str, parts: Mapping[str, cloudwatch.IMetric]) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        label=label,
        # A number that nobody reported is no number, and a sum with it would be none.
        expression=" + ".join(f"FILL({name}, 0)" for name in parts),
        using_metrics=dict(parts),
        period=FIVE_MINUTES,
    )
