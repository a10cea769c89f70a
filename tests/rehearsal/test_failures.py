"""Runs that must not go well: what they change, what they say, what they leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.rehearsal.stage import Stage

GOOD = {"0001_things": "CREATE TABLE things (id int);", "0002_more": "ALTER TABLE things ADD COLUMN name text;"}
BAD = {
    "0001_things": "CREATE TABLE things (id int);",
    "0002_more": "ALTER TABLE things ADD COLUMN name text;\nALTER TABLE things\n  DROP COLUMN nothing;",
    "0003_last": "ALTER TABLE things ADD COLUMN size int;",
}


def test_a_failed_patch_ends_the_run_and_leaves_later_ones_unapplied(stage: Callable[..., Stage]) -> None:
    scene = stage(BAD)
    execution = scene.run(name="bad")

    assert (execution.status, execution.error) == ("FAILED", "PatchFailed")
    assert "0002_more.sql:3" in str(execution.cause)
    assert "42703" in str(execution.cause)
    assert scene.ledger() == ["0001_things"]
    assert scene.audit() == [
        ("run_started", None),
        ("requested", None),
        ("patch_applied", "0001_things"),
        ("patch_failed", "0002_more"),
        ("patch_not_reached", "0003_last"),
        ("run_ended", None),
    ]
    assert not {"Verify", "CheckHealth"} & set(execution.state_names)
    assert (scene.ended()["result"], scene.ended()["error"]) == ("failed", "PatchFailed")
    assert "bad" in scene.rehearsal.notifications[0]["message"]


def test_a_corrected_patch_is_applied_by_the_next_run(stage: Callable[..., Stage], tmp_path: Path) -> None:
    from tests.rehearsal.stage import write_patches  # noqa: PLC0415 - rewrites the directory that is in use

    scene = stage(BAD)
    scene.run()
    write_patches(tmp_path / "patches", {**BAD, "0002_more": "ALTER TABLE things ADD COLUMN name text;"})
    assert scene.run().status == "SUCCEEDED"
    assert scene.ledger() == sorted(BAD)


@pytest.mark.experiment("F38")
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"colour": "blue"}, "unknown key 'colour'"),
        ({"target": "elsewhere"}, "input.target: 'elsewhere' is not accepted"),
        ({"mode": "destroy", "reason": 7}, "input.reason"),
        (["apply"], "not an object"),
        ({"reason": "x" * 200_000}, "input.reason"),
    ],
)
def test_bad_input_is_refused_before_anything_is_touched(
    stage: Callable[..., Stage], document: Any, expected: str
) -> None:
    scene = stage(GOOD)
    execution = scene.run(document)
    assert (execution.error, expected in str(execution.cause)) == ("BadInput", True), execution.cause
    assert scene.audit() == [("run_started", None), ("run_ended", None)]
    assert scene.rows("SELECT to_regnamespace('rdspatch') IS NULL AND to_regclass('things') IS NULL") == [[True]]


@pytest.mark.experiment("F20")
def test_an_edited_patch_stops_the_run(stage: Callable[..., Stage], tmp_path: Path) -> None:
    from tests.rehearsal.stage import write_patches  # noqa: PLC0415 - rewrites the directory that is in use

    scene = stage(GOOD)
    scene.run()
    write_patches(tmp_path / "patches", {**GOOD, "0002_more": "ALTER TABLE things ADD COLUMN other text;"})
    execution = scene.run()
    assert (execution.error, "0002_more.sql" in str(execution.cause)) == ("PlanRefused", True)
    assert scene.rows("SELECT count(*) FROM information_schema.columns WHERE table_name = 'things'") == [[2]]


def test_a_patch_that_the_lock_file_does_not_know_stops_the_run(stage: Callable[..., Stage], tmp_path: Path) -> None:
    scene = stage(GOOD)
    (tmp_path / "patches" / "0003_smuggled.sql").write_text("-- patch: Smuggled.\nDROP TABLE things;\n")
    execution = scene.run()
    assert (execution.error, "0003_smuggled.sql" in str(execution.cause)) == ("LockFileStale", True)
    assert scene.ledger() == []


@pytest.mark.experiment("F11")
def test_a_database_that_is_down_is_asked_again_and_then_named(stage: Callable[..., Stage], tmp_path: Path) -> None:
    scene = stage(GOOD, environment={"patcher": {"RDSPATCH_DATABASE_HOST": str(tmp_path)}})
    execution = scene.run()
    assert (execution.status, execution.error) == ("FAILED", "DatabaseUnreachable")
    assert len([call for call in scene.rehearsal.invocations if call.action == "preflight"]) > 3
    assert scene.ended()["error"] == "DatabaseUnreachable"


@pytest.mark.experiment("F39")
def test_a_wrong_password_is_not_tried_for_minutes(
    stage: Callable[..., Stage], postgres_server: EmbeddedPostgres, database_name: str
) -> None:
    postgres_server.create_role("patcher", "right")
    scene = stage(GOOD, database_url=postgres_server.url(database_name, "patcher", "canary-wrong"))
    execution = scene.run()
    assert (execution.error, "28P01" in str(execution.cause)) == ("AccessDenied", True)
    assert len([call for call in scene.rehearsal.invocations if call.action == "preflight"]) == 1
    said = [str(execution.events), str(scene.rehearsal.audit_records), str(scene.rehearsal.notifications)]
    said += [call.log for call in scene.rehearsal.invocations]
    assert "canary" not in "".join(said)


@pytest.mark.experiment("F16")
def test_the_audit_table_is_gone_and_nothing_is_touched(stage: Callable[..., Stage]) -> None:
    scene = stage(GOOD)
    for table in scene.rehearsal.workflow.tables:
        scene.rehearsal._aws.dynamodb.delete_table(TableName=table)
    execution = scene.run()
    assert (execution.status, execution.error) == ("FAILED", "AuditUnavailable")
    assert scene.ledger() == []
    assert len(scene.rehearsal.notifications) == 1
