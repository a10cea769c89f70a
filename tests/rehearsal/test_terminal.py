"""Runs that end where no state of theirs sees it: each still has a last record, in a chain that holds."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.dynamodb import record_from_item
from rdspatch.core.audit import find_break

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.rehearsal.history import Execution
    from tests.rehearsal.stage import Stage

pytestmark = pytest.mark.slow

SLOW = {"0001_slow": "CREATE TABLE slow (id int); SELECT pg_sleep(3);", "0002_next": "CREATE TABLE next (id int);"}
# 0.005 of the sixteen minutes that a function may work on are about five seconds.
SCALE = 0.005


def records(scene: Stage) -> list[dict[str, Any]]:
    found = list(scene.rehearsal.audit_records)
    typed = [{name: {"S": text} for name, text in record.items()} for record in found]
    assert find_break([record_from_item(item) for item in typed]) is None
    return found


def stop(scene: Stage, state: str) -> Execution:
    """A run that somebody stops while it is in a state."""
    arn = scene.rehearsal.begin(name="run")
    scene.wait_until_in(state, arn)
    scene.rehearsal.abort(arn)
    # AWS has it aborted at once; the simulated one lets the state end first.
    return dataclasses.replace(scene.rehearsal.describe(arn), status="ABORTED")


@pytest.mark.experiment("F49")
def test_an_aborted_run_ends_with_a_record_after_what_its_function_still_did(stage: Callable[..., Stage]) -> None:
    scene = stage(SLOW, time_scale=SCALE)
    run = stop(scene, "Apply")
    assert [record["event"] for record in scene.rehearsal.audit_records] == ["run_started", "requested"]

    (end,) = scene.rehearsal.announce_end(run)

    assert (end.status, end.cause) == ("SUCCEEDED", None)
    assert [record["event"] for record in records(scene)] == [
        "run_started",
        "requested",
        "patch_applied",
        "patch_applied",
        "run_ended",
    ]
    ended = scene.ended()
    assert (ended["result"], ended["error"]) == ("aborted", "RunAborted")
    assert "the next run goes on from there" in ended["message"]


def test_people_and_machines_hear_of_it(stage: Callable[..., Stage]) -> None:
    scene = stage(SLOW)
    run = stop(scene, "Apply")
    scene.rehearsal.announce_end(run)
    (notification,), (event,) = scene.rehearsal.notifications, scene.rehearsal.events
    for fact in ("Run run on meshapp-sandbox: aborted.", "the next run goes on from there", run.arn):
        assert fact in notification["message"]
    assert notification["subject"] == "rdspatch meshapp-sandbox: aborted"
    assert event["detail"]["outcome"]["result"] == "aborted"
    assert (event["detail"]["run"], event["detail"]["execution"]) == ("run", run.arn)
    # Nobody waited for the function here, so its records may still be coming: the chain is no matter of this test.
    assert event["detail"]["started_at"] == scene.rehearsal.audit_records[0]["SK"].split("#")[1]


@pytest.mark.experiment("F49")
def test_a_run_that_takes_too_long_ends_with_a_record(stage: Callable[..., Stage]) -> None:
    scene = stage({"0001_slow": "SELECT pg_sleep(6);"}, time_scale=0.008, timeouts={"workflow": 4})
    run = scene.run(name="run")
    assert run.status == "TIMED_OUT"
    (end,) = scene.rehearsal.announce_end(run)
    assert end.status == "SUCCEEDED"
    assert [record["event"] for record in records(scene)][-2:] == ["patch_applied", "run_ended"]
    assert (scene.ended()["result"], scene.ended()["error"]) == ("timed_out", "RunTimedOut")


def test_a_run_that_recorded_its_end_is_left_alone(stage: Callable[..., Stage]) -> None:
    scene = stage({"0001_wrong": "SELECT nothing;"})
    run = scene.run()
    before = (scene.rehearsal.audit_records, scene.rehearsal.notifications)
    (end,) = scene.rehearsal.announce_end(run)
    assert end.state_names[-1] == "AlreadyEnded"
    assert (scene.rehearsal.audit_records, scene.rehearsal.notifications) == before


def test_a_good_end_is_not_even_looked_at(stage: Callable[..., Stage]) -> None:
    scene = stage({"0001_fine": "SELECT 1;"})
    assert scene.rehearsal.announce_end(scene.run()) == ()


@pytest.mark.experiment("F49")
def test_a_run_without_any_record_gets_its_only_one(stage: Callable[..., Stage]) -> None:
    """It was stopped before it recorded its start; its start is asked of Step Functions."""
    scene = stage({"0001_fine": "SELECT 1;"})
    run = scene.run(name="run")
    empty(scene)
    (end,) = scene.rehearsal.announce_end(dataclasses.replace(run, status="ABORTED"))
    assert (end.status, end.cause) == ("SUCCEEDED", None)
    (only,) = records(scene)
    assert (only["event"], only["run_id"], only["previous_hash"]) == ("run_ended", "run", "")
    assert only["SK"] == f"RUN#{run.started_at.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}#run#999999"


@pytest.mark.experiment("F49")
def test_an_end_that_is_announced_twice_is_recorded_once(stage: Callable[..., Stage]) -> None:
    scene = stage(SLOW)
    run = stop(scene, "Apply")
    for _ in range(2):
        (end,) = scene.rehearsal.announce_end(run)
        assert end.status == "SUCCEEDED"
    assert [record["event"] for record in scene.rehearsal.audit_records].count("run_ended") == 1
    assert len(scene.rehearsal.notifications) == 1


@pytest.mark.parametrize("source", ["somebody", "aws.states"])
def test_ends_of_other_state_machines_are_none_of_its_business(stage: Callable[..., Stage], source: str) -> None:
    scene = stage({"0001_fine": "SELECT 1;"})
    (rule,) = scene.rehearsal.workflow.rules
    detail = {"stateMachineArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:Other", "status": "ABORTED"}
    event = {"source": source, "detail-type": "Step Functions Execution Status Change", "detail": detail}
    assert list(rule.deliveries(event)) == []


def empty(scene: Stage) -> None:
    client = scene.rehearsal._aws.dynamodb
    for table in scene.rehearsal.workflow.tables:
        for record in scene.rehearsal.audit_records:
            client.delete_item(TableName=table, Key={key: {"S": record[key]} for key in ("PK", "SK")})


def test_the_record_of_an_end_is_what_the_audit_reads(stage: Callable[..., Stage]) -> None:
    scene = stage(SLOW)
    scene.rehearsal.announce_end(stop(scene, "Apply"))
    assert set(json.loads(scene.rehearsal.audit_records[-1]["body"])) == {"result", "error", "message"}
