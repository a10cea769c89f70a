from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.audit import AuditEntry, AuditEvent
from rdspatch.core.errors import AuditUnavailable
from rdspatch.core.work import Status, Work
from rdspatch.handlers.measuring import MeasuredAuditLog, Metric, dimensions_of, of_action, publish
from rdspatch.testing import FakeAuditLog
from tests.audit_table import TARGET
from tests.samples import RUN

if TYPE_CHECKING:
    from tests.handlers.function import Function

DIMENSIONS = dimensions_of("app", {"AWS_LAMBDA_FUNCTION_NAME": "patcher-1"})
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def published(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    """The numbers in the log, of one target, by name."""
    found: dict[str, list[float]] = {}
    for line in capsys.readouterr().out.splitlines():
        document = json.loads(line)
        (about,) = document["_aws"]["CloudWatchMetrics"]
        assert (about["Namespace"], about["Dimensions"]) == ("rdspatch", [["target", "function_name"]])
        assert (document["target"], document["function_name"]) == ("app", "patcher-1")
        for metric in about["Metrics"]:
            found.setdefault(metric["Name"], []).extend(document[metric["Name"]])
    return found


def entry(event: AuditEvent, **facts: Any) -> AuditEntry:
    return AuditEntry(event=event, at=AT, facts=facts, patch_id="0001_x" if event is AuditEvent.PATCH_APPLIED else None)


def test_a_line_is_what_cloudwatch_reads(capsys: pytest.CaptureFixture[str]) -> None:
    publish({Metric.LOCK_WAIT: 30, Metric.ACTION_TIME: 12.5}, dimensions=DIMENSIONS)
    assert published(capsys) == {"LockWait": [30], "ActionTime": [12.5]}


def test_nothing_measured_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    publish({}, dimensions=DIMENSIONS)
    assert capsys.readouterr().out == ""


def test_applied_patches_are_counted_once_they_are_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    audit = MeasuredAuditLog(FakeAuditLog(), dimensions=DIMENSIONS)
    applied = [entry(AuditEvent.PATCH_APPLIED), entry(AuditEvent.PATCH_APPLIED), entry(AuditEvent.VERIFIED)]
    assert audit.append(applied, run=RUN)
    assert published(capsys) == {"PatchesApplied": [2]}


def test_no_drift_is_a_number_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches an alarm that stays on because nobody ever says that all is well again."""
    audit = MeasuredAuditLog(FakeAuditLog(), dimensions=DIMENSIONS)
    audit.append(
        [entry(AuditEvent.DRIFT_CHECKED, missing=0, changed=0, extra=0, unknown=[], pending=["0002_y"])], run=RUN
    )
    audit.append([entry(AuditEvent.DRIFT_CHECKED, missing=1, changed=2, extra=3, pending=[])], run=RUN)
    assert published(capsys) == {"Drift": [0, 6]}


def test_a_refused_record_is_counted_and_still_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    fake = FakeAuditLog()
    fake.available = False
    with pytest.raises(AuditUnavailable):
        MeasuredAuditLog(fake, dimensions=DIMENSIONS).append([entry(AuditEvent.PATCH_APPLIED)], run=RUN)
    assert published(capsys) == {"AuditFailures": [1]}


def test_attempts_of_an_earlier_invocation_are_not_counted_again() -> None:
    before = Work(status=Status.WAIT, patch="0001_x", lock_attempts=4)
    after = Work(status=Status.WAIT, patch="0001_x", lock_attempts=7, wait_seconds=30)
    measured = of_action("apply", {"work": before.to_json()}, after.to_json(), seconds=1.5)
    assert measured == {Metric.ACTION_TIME: 1500, Metric.LOCK_ATTEMPTS: 3, Metric.LOCK_WAIT: 30}


def test_attempts_at_another_patch_are_all_new() -> None:
    before = Work(status=Status.WAIT, patch="0001_x", lock_attempts=4)
    after = Work(status=Status.WAIT, patch="0002_y", lock_attempts=2, wait_seconds=5)
    assert of_action("apply", {"work": before.to_json()}, after.to_json(), seconds=1)[Metric.LOCK_ATTEMPTS] == 2


@pytest.mark.parametrize(
    ("action", "status", "repairs"),
    [
        ("repair", Status.DONE, 1),
        ("repair", Status.BUSY, None),
        ("repair", Status.CONTINUE, None),
        ("apply", Status.DONE, None),
    ],
)
def test_a_repair_counts_when_it_came_to_its_end(action: str, status: Status, repairs: int | None) -> None:
    event = {"work": Work(status=Status.CONTINUE).to_json()}
    answer = Work(status=status).to_json() | {"holder": ""}
    assert of_action(action, event, answer, seconds=1).get(Metric.REPAIRS) == repairs


def test_other_actions_are_timed_only() -> None:
    assert of_action("plan", {}, Work(status=Status.DONE).to_json(), seconds=0.25) == {Metric.ACTION_TIME: 250}


def test_the_function_writes_its_numbers_into_its_log(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    function.patches.patch("0001_x", "CREATE TABLE x (id int);")
    function.patches.lock()
    function.apply()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    numbers = {key: value for line in lines for key, value in line.items() if isinstance(value, list)}
    assert {line["target"] for line in lines} == {TARGET}
    assert numbers["PatchesApplied"] == [1]
    assert numbers["ActionTime"][0] > 0
