from __future__ import annotations

import ast
import json
from typing import Any, ClassVar

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
        "No repair got to its end at its time, after others had",
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


DAY, NIGHT = 24 * 60, 197  # minutes


def state_over_time(alarm: dict[str, Any], repairs: list[int], *, until: int, fills_nothing: bool) -> list[str]:
    """A small model of CloudWatch: what an alarm says at each quarter of an hour, a minute after deployment first.

    Periods begin at any minute, the newest ends now. A number that nobody reported is missing, which `FILL` mends;
    whether also where there is none at all is not written down, so both are tried.

    Args:
        alarm: The alarm's properties.
        repairs: When a repair got to its end, in minutes after deployment.
        until: When to stop, in minutes.
        fills_nothing: Whether `FILL` makes something of a series without any number.
    """
    (expression,) = (part["Expression"] for part in alarm["Metrics"] if "Expression" in part)
    (number,) = (part["MetricStat"] for part in alarm["Metrics"] if "MetricStat" in part)
    period, periods = number["Period"] // 60, alarm["EvaluationPeriods"]
    state, said = "INSUFFICIENT_DATA", []
    for now in range(1, until, 15):
        edges = range(now - period * periods, now, period)
        counts = [sum(edge < at <= edge + period for at in repairs) or None for edge in edges]
        values = [value for value in evaluate(expression, counts, fills_nothing=fills_nothing) if value is not None]
        if values:
            breaching = sum(value >= alarm["Threshold"] for value in values)
            state = "ALARM" if breaching >= alarm["DatapointsToAlarm"] else "OK"
        else:
            assert alarm["TreatMissingData"] == "ignore"
        said.append(state)
    return said


Series = list[float | None]


def evaluate(expression: str, number: Series, *, fills_nothing: bool) -> Series:
    """The few functions of metric math that the expression uses, each over a whole series."""

    def fill(series: Series, filler: float) -> Series:
        empty = all(value is None for value in series)
        return series if empty and not fills_nothing else [filler if value is None else value for value in series]

    functions = {"FILL": fill, "IF_": _choose, "DIFF": _diff}

    def visit(node: ast.expr) -> Any:
        match node:
            case ast.Name():
                return number
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(operand=operand):
                return -visit(operand)
            case ast.Compare(left=left, ops=[operator], comparators=[value]):
                return _compare(visit(left), operator, visit(value))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return functions[name](*map(visit, arguments))
        raise AssertionError(ast.dump(node))

    # Python would read `IF(` as a statement.
    result: Series = visit(ast.parse(expression.replace("IF(", "IF_("), mode="eval").body)
    return result


def _choose(condition: Series, then: Any, otherwise: Any = None) -> Series:
    yes, no = (value if isinstance(value, list) else [value] * len(condition) for value in (then, otherwise))
    rows = zip(condition, yes, no, strict=True)
    return [None if met is None else one if met else other for met, one, other in rows]


def _diff(series: Series) -> Series:
    pairs = zip([None, *series[:-1]], series, strict=True)
    return [None if one is None or other is None else other - one for one, other in pairs]


def _compare(series: Series, operator: ast.cmpop, value: float) -> Series:
    met = {ast.Gt: float.__gt__, ast.Eq: float.__eq__}[type(operator)]
    return [None if one is None else met(float(one), float(value)) for one in series]


@pytest.fixture
def missed(alarms: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return alarms["No repair got to its end at its time, after others had"]


@pytest.mark.parametrize("fills_nothing", [True, False])
class TestMissedRepairs:
    """Three weeks of nights; each repair takes some minutes, never the same."""

    NIGHTS: ClassVar = [NIGHT + DAY * night + (night * 37) % 90 for night in range(21)]

    def test_nothing_is_said_before_the_first_repair(self, missed: dict[str, Any], *, fills_nothing: bool) -> None:
        assert set(state_over_time(missed, [], until=9 * DAY, fills_nothing=fills_nothing)) == {"INSUFFICIENT_DATA"}

    def test_nights_that_are_kept_are_quiet(self, missed: dict[str, Any], *, fills_nothing: bool) -> None:
        said = state_over_time(missed, self.NIGHTS, until=20 * DAY, fills_nothing=fills_nothing)
        assert set(said) == {"INSUFFICIENT_DATA", "OK"}
        assert "INSUFFICIENT_DATA" not in said[NIGHT // 15 + 10 :]

    def test_a_night_that_is_missed_is_news_the_same_morning(
        self, missed: dict[str, Any], *, fills_nothing: bool
    ) -> None:
        kept = [at for night, at in enumerate(self.NIGHTS) if night != 10]
        said = state_over_time(missed, kept, until=20 * DAY, fills_nothing=fills_nothing)
        assert 10 * DAY + NIGHT < said.index("ALARM") * 15 < 11 * DAY
        assert said[-1] == "OK"

    def test_it_stays_news_until_a_repair_comes_again(self, missed: dict[str, Any], *, fills_nothing: bool) -> None:
        kept = [at for night, at in enumerate(self.NIGHTS) if not 5 <= night < 15]
        said = state_over_time(missed, kept, until=20 * DAY, fills_nothing=fills_nothing)
        first = said.index("ALARM")
        assert set(said[first : (15 * DAY + NIGHT) // 15]) == {"ALARM"}
        assert said[-1] == "OK"

    def test_further_repairs_by_day_change_nothing(self, missed: dict[str, Any], *, fills_nothing: bool) -> None:
        more = [*self.NIGHTS, 3 * DAY, 3 * DAY + 5, 8 * DAY]
        assert "ALARM" not in state_over_time(missed, more, until=20 * DAY, fills_nothing=fills_nothing)


@pytest.mark.parametrize(
    ("schedule", "period"),
    [
        ("cron(17 3 * * ? *)", Duration.hours(30)),
        ("cron(0 */6 ? * * *)", Duration.hours(30)),
        ("rate(1 hour)", Duration.minutes(75)),
        ("rate(12 hours)", Duration.hours(15)),
        ("rate(1 day)", Duration.hours(30)),
        ("rate(3 days)", Duration.hours(78)),
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
        of = {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}
        assert (of["target"], set(of)) == ("meshapp-sandbox", {"target", "function_name"})
        assert "Patcher" in of["function_name"]["Ref"]


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
