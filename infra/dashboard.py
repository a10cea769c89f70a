"""One page that shows how runs go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from . import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_stepfunctions as sfn

_HALF = 12


class Dashboard(Construct):
    """Alarms, runs, what the patcher did, how long it took, and what failed."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        target: str,
        state_machine: sfn.StateMachine,
        audit_table: dynamodb.ITable,
        patcher: lambda_.IFunction,
        health: lambda_.IFunction,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        """Create the dashboard."""
        super().__init__(scope, construct_id)

        def own(name: str, statistic: str) -> cloudwatch.Metric:
            return metrics.own(name, target=target, patcher=patcher, statistic=statistic)

        runs: list[cloudwatch.IMetric] = [state_machine.metric_succeeded(), metrics.failed_runs(state_machine)]
        work = [own(metrics.PATCHES_APPLIED, "Sum"), own(metrics.DRIFT, "Maximum"), own(metrics.REPAIRS, "Sum")]
        locks = [own(metrics.LOCK_ATTEMPTS, "Sum"), own(metrics.LOCK_WAIT, "Sum")]
        times = [state_machine.metric_time(statistic="Maximum"), own(metrics.ACTION_TIME, "p95")]
        failures: list[cloudwatch.IMetric] = [
            *(function.metric_errors() for function in (patcher, health)),
            metrics.refused_records(audit_table, target=target, patcher=patcher),
        ]
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            widgets=[
                [cloudwatch.AlarmStatusWidget(title=f"rdspatch {target}", alarms=list(alarms), width=2 * _HALF)],
                [_graph("Runs", runs), _graph("Patches and drift", work)],
                [_graph("Waiting for locks (attempts, seconds)", locks), _graph("Times (ms)", times)],
                [_graph("Failures", failures)],
            ],
        )


def _graph(title: str, shown: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(shown), width=_HALF)
