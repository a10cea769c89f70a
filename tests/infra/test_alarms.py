from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Duration

from infra import metrics
from infra.alarms import period_of
from rdspatch.handlers import measuring


@pytest.fixture
def alarms(sandbox: Any) -> dict[str, dict[str, Any]]:
    """The alarms by what they are about."""
    found = [item["Properties"] for item in sandbox.of_type("AWS::CloudWatch::Alarm").values()]
    return {item["AlarmDescription"].partition(": ")[2].split(";")[0]: item for item in found}


def test_somebody_hears_of_everything_that_matters(alarms: dict[str, dict[str, Any]], sandbox: Any) -> None:
    assert set(alarms) == {
        "A run failed, timed out or was aborted",
        "The schema is not what the patches left",
        "The audit table did not take a record",
        "No repair got to its end for two periods of its schedule",
        "A run may have ended without a last record",
        "A scheduled repair was not started",
    }
    topics = set(sandbox.of_type("AWS::SNS::Topic"))
    for alarm in alarms.values():
        (action,) = alarm["AlarmActions"]
        assert action["Ref"] in topics


def test_a_run_has_failed_however_it_ended(alarms: dict[str, dict[str, Any]], sandbox: Any) -> None:
    """Catches an abort that nobody hears of, and a sum with an empty part."""
    parts = alarms["A run failed, timed out or was aborted"]["Metrics"]
    looked_at = [part["MetricStat"]["Metric"] for part in parts if "MetricStat" in part]
    names = {metric["MetricName"] for metric in looked_at}
    machines = {metric["Dimensions"][0]["Value"]["Ref"] for metric in looked_at}
    (expression,) = [part["Expression"] for part in parts if "Expression" in part]
    assert names == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}
    assert machines == {sandbox.machine()[0]}
    assert expression.count("FILL(") == len(names)


@pytest.mark.parametrize(
    ("construct", "meaning"),
    [
        ("TerminalRecord", "A run may have ended without a last record"),
        ("NightlyRepair", "A scheduled repair was not started"),
    ],
)
def test_a_helper_that_fails_or_is_never_reached_is_news(
    alarms: dict[str, dict[str, Any]], sandbox: Any, construct: str, meaning: str
) -> None:
    """Catches a lost last record, or a lost start, that lies in a dead letter queue where nobody looks."""
    parts = alarms[meaning]["Metrics"]
    looked_at = [part["MetricStat"] for part in parts if "MetricStat" in part]
    whose = {item["Metric"]["MetricName"]: item["Metric"]["Dimensions"][0]["Value"] for item in looked_at}
    machine = {"Ref": sandbox.machine(construct)[0]}
    (queue,) = (name for name in sandbox.of_type("AWS::SQS::Queue") if construct in name)
    assert whose == {
        **dict.fromkeys(("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"), machine),
        "ApproximateNumberOfMessagesVisible": {"Fn::GetAtt": [queue, "QueueName"]},
    }
    assert {item["Metric"]["Namespace"] for item in looked_at} == {"AWS/States", "AWS/SQS"}
    (expression,) = [part["Expression"] for part in parts if "Expression" in part]
    assert expression.count("FILL(") == len(whose)
    assert alarms[meaning]["TreatMissingData"] == "notBreaching"


def test_no_dead_letter_queue_is_without_its_alarm(sandbox: Any) -> None:
    watched = json.dumps(list(sandbox.of_type("AWS::CloudWatch::Alarm").values()))
    for queue in sandbox.of_type("AWS::SQS::Queue"):
        assert f'["{queue}", "QueueName"]' in watched


def test_drift_is_news_until_somebody_looked_again(alarms: dict[str, dict[str, Any]]) -> None:
    alarm = alarms["The schema is not what the patches left"]
    assert (alarm["TreatMissingData"], alarm["Threshold"]) == ("ignore", 1)
    assert alarm["OKActions"]


def test_repairs_that_stopped_are_noticed_by_their_silence(alarms: dict[str, dict[str, Any]]) -> None:
    alarm = alarms["No repair got to its end for two periods of its schedule"]
    assert (alarm["TreatMissingData"], alarm["EvaluationPeriods"], alarm["Period"]) == ("breaching", 2, 86_400)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)


@pytest.mark.parametrize(
    ("schedule", "period"),
    [
        ("cron(17 3 * * ? *)", Duration.days(1)),
        ("cron(0 */6 ? * * *)", Duration.days(1)),
        ("rate(12 hours)", Duration.hours(12)),
        ("rate(1 day)", Duration.hours(24)),
        ("rate(7 days)", None),  # two weeks are more than an alarm can look back
        ("rate(5 minutes)", None),
        ("cron(17 3 ? * MON *)", None),
        ("cron(17 3 1 * ? *)", None),
    ],
)
def test_the_alarm_knows_how_often_to_expect_a_repair(schedule: str, period: Duration | None) -> None:
    found = period_of(schedule)
    assert (found and found.to_seconds()) == (period and period.to_seconds())


def test_our_numbers_are_those_of_this_target(sandbox: Any) -> None:
    alarms = sandbox.of_type("AWS::CloudWatch::Alarm").values()
    seen = [
        metric
        for alarm in alarms
        for metric in (
            alarm["Properties"],
            *(part.get("MetricStat", {}).get("Metric", {}) for part in alarm["Properties"].get("Metrics", [])),
        )
        if metric.get("Namespace") == metrics.NAMESPACE
    ]
    assert len(seen) == 3
    for metric in seen:
        assert metric["Dimensions"] == [{"Name": "target", "Value": "meshapp-sandbox"}]


def test_the_dashboard_shows_the_alarms_and_our_numbers(sandbox: Any) -> None:
    body = json.dumps(sandbox.only("AWS::CloudWatch::Dashboard")["Properties"]["DashboardBody"])
    for alarm in sandbox.of_type("AWS::CloudWatch::Alarm"):
        assert alarm in body
    for name in (metrics.PATCHES_APPLIED, metrics.LOCK_ATTEMPTS, metrics.LOCK_WAIT, metrics.ACTION_TIME, metrics.DRIFT):
        assert f'\\"{name}\\"' in body


def test_what_is_looked_at_is_what_the_functions_write() -> None:
    """Catches a name that nobody writes: its alarm would be silent for ever."""
    assert metrics.NAMESPACE == measuring.NAMESPACE
    looked_at = {
        metrics.PATCHES_APPLIED,
        metrics.LOCK_ATTEMPTS,
        metrics.LOCK_WAIT,
        metrics.ACTION_TIME,
        metrics.DRIFT,
        metrics.REPAIRS,
        metrics.AUDIT_FAILURES,
    }
    assert looked_at == {metric.value[0] for metric in measuring.Metric}
