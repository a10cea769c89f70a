"""The schedule of the project's own stack, fired here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rehearsal.stage import Stage

NIGHT = "2026-02-03T03:17:00Z"
RUN = "scheduled-2026-02-03T0317"


def test_the_run_is_named_after_its_time_and_asks_for_a_repair(stage: Callable[..., Stage]) -> None:
    scene = stage({"0001_things": "CREATE TABLE things (id int);"})
    assert scene.rehearsal.fire_schedule(NIGHT).status == "SUCCEEDED"
    scene.wait_for(RUN)
    records = [record for record in scene.rehearsal.audit_records if record["run_id"] == RUN]
    assert json.loads(records[1]["body"]) | {"target": ""} == {
        "mode": "repair",
        "reason": "scheduled drift repair",
        "target": "",
        "allow_out_of_order": False,
    }


@pytest.mark.experiment("F15")
def test_a_schedule_that_fires_twice_runs_once(stage: Callable[..., Stage]) -> None:
    """At least once is what the scheduler promises: during the run, and after it."""
    scene = stage({"0001_things": "CREATE TABLE things (id int);"})
    starts = [scene.rehearsal.fire_schedule(NIGHT), scene.rehearsal.fire_schedule(NIGHT)]
    scene.wait_for(RUN)
    starts.append(scene.rehearsal.fire_schedule(NIGHT))
    assert [start.status for start in starts] == ["SUCCEEDED"] * 3
    assert [event for event, _ in scene.audit()].count("run_started") == 1


def test_the_next_night_is_another_run(stage: Callable[..., Stage]) -> None:
    scene = stage({"0001_things": "CREATE TABLE things (id int);"})
    for day in ("03", "04"):
        scene.rehearsal.fire_schedule(f"2026-02-{day}T03:17:00Z")
        scene.wait_for(f"scheduled-2026-02-{day}T0317")
    assert [event for event, _ in scene.audit()].count("run_started") == 2


def test_a_repair_that_cannot_be_started_is_told_to_people(stage: Callable[..., Stage]) -> None:
    scene = stage({"0001_things": "CREATE TABLE things (id int);"})
    scene.rehearsal._aws.stepfunctions.delete_state_machine(stateMachineArn=scene.rehearsal._machine)
    start = scene.rehearsal.fire_schedule(NIGHT)
    assert (start.status, start.error) == ("FAILED", "RepairNotStarted")
    (notification,) = scene.rehearsal.notifications
    assert NIGHT in notification["message"]
    assert "repair not started" in notification["subject"]
