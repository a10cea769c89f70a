"""Snapshots before patches that do more than add, taken by the project's own workflow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.dynamodb import record_from_item
from rdspatch.core.audit import find_break
from tests.rehearsal.stage import write_patches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rehearsal.stage import Stage

pytestmark = pytest.mark.slow

ADDS = {"0001_things": "CREATE TABLE IF NOT EXISTS things (id int);"}
DROPS = {
    **ADDS,
    "0002_less": "-- allow: destructive because nobody reads it\nALTER TABLE things DROP COLUMN IF EXISTS id;",
}
PLAIN = {"approval": {"hazards": []}}


@pytest.fixture
def safe(stage: Callable[..., Stage], guarded: Callable[..., Path]) -> Callable[..., Stage]:
    """Opens a stage with a decision about snapshots."""

    def open_stage(patches: dict[str, str], *, snapshot: dict[str, Any], **settings: Any) -> Stage:
        return stage(patches, template=guarded({**PLAIN, "snapshot": snapshot}), **settings)

    return open_stage


def events(scene: Stage) -> list[str]:
    """What happened, in records that have to be a chain."""
    found = scene.rehearsal.audit_records
    typed = [{name: {"S": text} for name, text in record.items()} for record in found]
    assert find_break([record_from_item(item) for item in typed]) is None
    return [record["event"] for record in found]


def test_patches_that_only_add_need_none(safe: Callable[..., Stage]) -> None:
    scene = safe(ADDS, snapshot={}, proven=True)
    assert scene.run().status == "SUCCEEDED"
    assert scene.rehearsal.snapshots == ()
    assert "snapshot_taken" not in events(scene)


def test_a_patch_that_takes_something_away_is_preceded_by_one(safe: Callable[..., Stage]) -> None:
    scene = safe(DROPS, snapshot={}, proven=True)
    run = scene.run(name="run")
    assert (run.status, run.cause) == ("SUCCEEDED", None)
    (snapshot,) = scene.rehearsal.snapshots
    assert snapshot["DBInstanceIdentifier"] == "meshapp"
    tags = {tag["Key"]: tag["Value"] for tag in snapshot["TagList"]}
    assert tags == {"rdspatch:target": "meshapp", "rdspatch:run": "run"}
    assert events(scene) == [
        "run_started",
        "requested",
        "snapshot_taken",
        "patch_applied",
        "patch_applied",
        "verified",
        "health_checked",
        "run_ended",
    ]
    record = next(record for record in scene.rehearsal.audit_records if record["event"] == "snapshot_taken")
    assert json.loads(record["body"]) == {"id": snapshot["DBSnapshotIdentifier"]}
    names = run.state_names
    assert names.index("LookAtSnapshot") < names.index("Apply")


def test_what_nobody_has_proven_is_preceded_by_one(safe: Callable[..., Stage]) -> None:
    scene = safe(ADDS, snapshot={})
    assert scene.run().status == "SUCCEEDED"
    assert len(scene.rehearsal.snapshots) == 1


def test_a_run_that_fails_after_it_says_how_to_restore(safe: Callable[..., Stage]) -> None:
    scene = safe({**ADDS, "0002_wrong": "ALTER TABLE things DROP COLUMN nothing;"}, snapshot={})
    run = scene.run()
    (snapshot,) = scene.rehearsal.snapshots
    assert run.error == "PatchFailed"
    assert "0002_wrong.sql" in str(run.cause)
    # The simulated RDS knows no subnet group of the instance, which the command would have to name.
    restore = f"A snapshot is from before the patches: {snapshot['DBSnapshotIdentifier']}. The runbook says how"
    for said in (str(run.cause), scene.rehearsal.notifications[-1]["message"], scene.ended()["message"]):
        assert restore in said


def test_always_means_also_for_what_only_adds_and_not_without_patches(safe: Callable[..., Stage]) -> None:
    scene = safe(ADDS, snapshot={"policy": "always"}, proven=True)
    for _ in range(2):
        assert scene.run().status == "SUCCEEDED"
    assert len(scene.rehearsal.snapshots) == 1


def test_the_newest_are_kept_and_those_of_others_are_left_alone(safe: Callable[..., Stage], tmp_path: Path) -> None:
    scene = safe({}, snapshot={"keep": 2})
    scene.rehearsal._aws._rds.create_db_snapshot(DBInstanceIdentifier="meshapp", DBSnapshotIdentifier="by-hand")
    taken = []
    for number in range(1, 5):
        write_patches(
            tmp_path / "patches",
            {f"{n:04}_t": f"CREATE TABLE IF NOT EXISTS t{n} (id int);" for n in range(1, number + 1)},
        )
        assert scene.run().status == "SUCCEEDED"
        taken.append(scene.rehearsal.snapshots[-1]["DBSnapshotIdentifier"])
    left = [snapshot["DBSnapshotIdentifier"] for snapshot in scene.rehearsal.snapshots]
    assert left == ["by-hand", *taken[-2:]]


def test_without_the_snapshot_nothing_is_applied(safe: Callable[..., Stage]) -> None:
    scene = safe(DROPS, snapshot={})
    scene.rehearsal._aws._rds.delete_db_instance(DBInstanceIdentifier="meshapp", SkipFinalSnapshot=True)
    run = scene.run()
    assert (run.status, run.error) == ("FAILED", "SnapshotFailed")
    assert scene.ledger() == []
    assert events(scene) == ["run_started", "requested", "run_ended"]
