"""Drift, found and repaired by the project's own workflow on the example."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.dynamodb import record_from_item
from rdspatch.core.audit import find_break
from tests.rehearsal.test_main_job import get

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.rehearsal.history import Execution
    from rdspatch.rehearsal.rehearsal import Rehearsal
    from tests.rehearsal.stage import Stage

TABLES = ("mesh_results", "projects", "users")
SCHEMA = """
    SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
    UNION ALL SELECT schemaname, tablename, indexname, indexdef, NULL, NULL FROM pg_indexes
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
    UNION ALL SELECT NULL, conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text, NULL
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ORDER BY 1, 2, 3
"""


class Night:
    """The example after its patches, somebody at its database, and the schedule."""

    def __init__(self, rehearsal: Rehearsal, server: EmbeddedPostgres, database: str) -> None:
        self.rehearsal = rehearsal
        self._server = server
        self._database = database
        self._day = 2
        assert rehearsal.run(name="first").status == "SUCCEEDED"

    def by_hand(self, sql: str) -> list[Any]:
        with self._server.connect(self._database) as connection:
            return list(connection.run(sql) or ())

    def everything(self, *, without: str) -> list[Any]:
        """The whole schema, and all rows of all tables without one column."""
        rows = [self.by_hand(f"SELECT to_jsonb(t) - '{without}' FROM {table} t ORDER BY 1") for table in TABLES]
        ledger = self.by_hand("SELECT to_jsonb(t) FROM rdspatch.ledger t ORDER BY 1")
        return [self.by_hand(SCHEMA), *rows, ledger]

    def passes(self) -> Execution:
        """The schedule fires; the run that it starts, at its end."""
        self._day += 1
        assert self.rehearsal.fire_schedule(f"2026-02-{self._day:02}T03:17:00Z").status == "SUCCEEDED"
        found = self.rehearsal.find(f"scheduled-2026-02-{self._day:02}T0317")
        assert found is not None
        return self.rehearsal.wait(found.arn)

    def records(self, run: str) -> list[dict[str, Any]]:
        """The records of a run, which have to be a chain."""
        records = [record for record in self.rehearsal.audit_records if record["run_id"] == run]
        typed = [{name: {"S": text} for name, text in record.items()} for record in records]
        assert find_break([record_from_item(item) for item in typed]) is None
        return records

    def events(self, run: str) -> list[str]:
        return [record["event"] for record in self.records(run)]

    def facts(self, run: str, event: str) -> dict[str, Any]:
        (body,) = (record["body"] for record in self.records(run) if record["event"] == event)
        facts: dict[str, Any] = json.loads(body)
        return facts


@pytest.fixture
def night(example: Rehearsal, postgres_server: EmbeddedPostgres, database_name: str) -> Night:
    return Night(example, postgres_server, database_name)


def test_a_column_that_was_dropped_by_hand_is_back_in_the_morning_and_nothing_else_changed(
    night: Night, example_app: str
) -> None:
    before = night.everything(without="job_id")
    night.by_hand("ALTER TABLE mesh_results DROP COLUMN job_id")
    assert get(f"{example_app}/api/health")[0] == 503

    run = night.passes()

    assert (run.status, run.cause) == ("SUCCEEDED", None)
    assert get(f"{example_app}/api/health")[0] == 200
    assert night.everything(without="job_id") == before
    events = night.events(run.name)
    assert events[:2] == ["run_started", "requested"]
    assert [event for event in events if event != "drift_checked"][2:] == [
        "repair_planned",
        "patch_replayed",
        "patch_replayed",  # the index on the column went with it
        "verified",
        "health_checked",
        "run_ended",
    ]
    assert "drift_checked" in events
    outcome = night.facts(run.name, "run_ended")
    assert (outcome["result"], outcome["applied"]) == ("succeeded", 2)
    assert outcome["message"].startswith("Patches replayed: 2, verified: 8.")
    assert "mesh_results.job_id" in json.dumps(night.facts(run.name, "repair_planned"))


def test_the_night_after_finds_nothing_and_leaves_its_records(night: Night) -> None:
    night.by_hand("ALTER TABLE mesh_results DROP COLUMN job_id")
    night.passes()
    run = night.passes()
    assert run.status == "SUCCEEDED"
    assert night.events(run.name) == [
        "run_started",
        "requested",
        "drift_checked",
        "verified",
        "health_checked",
        "run_ended",
    ]
    checked = night.facts(run.name, "drift_checked")
    assert (checked["missing"], checked["changed"], checked["extra"]) == (0, 0, 0)
    assert night.facts(run.name, "run_ended")["applied"] == 0


def test_a_look_names_what_differs_fails_and_changes_nothing(night: Night) -> None:
    night.by_hand("ALTER TABLE mesh_results DROP COLUMN job_id; ALTER TABLE projects ADD COLUMN colour text")
    before = night.everything(without="job_id")
    run = night.rehearsal.run({"mode": "drift"}, name="look")
    assert (run.status, run.error) == ("FAILED", "DriftFound")
    assert "Missing: 2, changed: 0, extra: 1. First: " in str(run.cause)
    assert "mesh_results.job_id" in str(run.cause)
    assert night.everything(without="job_id") == before
    assert night.events("look") == ["run_started", "requested", "drift_checked", "run_ended"]
    assert night.facts("look", "run_ended")["result"] == "drifted"
    assert "look" in night.rehearsal.notifications[-1]["message"]
    assert "mesh_results.job_id" in night.rehearsal.notifications[-1]["message"]


def test_a_look_with_files_that_lack_an_applied_patch_does_not_say_that_all_is_well(night: Night) -> None:
    night.by_hand(
        "INSERT INTO rdspatch.ledger (patch_id, checksum, run_id, run_started_at) VALUES ('9999_newer', '', '', '')"
    )
    run = night.rehearsal.run({"mode": "drift"}, name="look")
    assert (run.status, run.error) == ("FAILED", "DriftUnjudged")
    assert "1 patch of the ledger has no file here with the text that was applied (9999_newer)" in str(run.cause)
    assert night.facts("look", "run_ended")["result"] == "unjudged"
    assert "9999_newer" in night.rehearsal.notifications[-1]["message"]


def test_a_look_at_what_is_as_it_should_be_succeeds(night: Night) -> None:
    run = night.rehearsal.run({"mode": "drift"}, name="look")
    assert (run.status, run.output["result"]) == ("SUCCEEDED", "in_parity")
    assert night.events("look") == ["run_started", "requested", "drift_checked", "run_ended"]
    assert not {"Plan", "Apply", "Repair", "Verify", "CheckHealth"} & set(run.state_names)


@pytest.mark.experiment("F47")
def test_a_column_of_another_type_is_not_touched_and_fails_the_night(night: Night) -> None:
    night.by_hand("ALTER TABLE mesh_results ALTER COLUMN job_id TYPE varchar(99)")
    before = night.everything(without="job_id")
    run = night.passes()
    assert (run.status, run.error) == ("FAILED", "EffectMissing")
    assert night.everything(without="job_id") == before
    assert night.facts(run.name, "drift_checked")["changed"] == 1


UNTIL_THE_GATE_OPENS = """
    DO $$BEGIN
        WHILE NOT EXISTS (SELECT FROM pg_class WHERE relname = 'gate') LOOP PERFORM pg_sleep(0.1); END LOOP;
    END$$;
"""


@pytest.mark.slow
@pytest.mark.experiment("F48")
def test_the_schedule_yields_to_a_run_that_is_at_work(stage: Callable[..., Stage]) -> None:
    scene = stage({"0001_slow": UNTIL_THE_GATE_OPENS})
    arn = scene.rehearsal.begin(name="deployment")
    scene.wait_until_in("Apply", arn)
    scene.rehearsal.fire_schedule("2026-02-03T03:17:00Z")
    run = scene.wait_for("scheduled-2026-02-03T0317")
    assert (run.status, run.output["result"]) == ("SUCCEEDED", "skipped")
    assert run.output["message"].startswith("busy: ")
    assert "deployment" in run.output["message"]
    assert not {"Verify", "CheckHealth"} & set(run.state_names)
    with scene.server.connect(scene.database) as connection:
        connection.run("CREATE TABLE gate ()")
    assert scene.rehearsal.wait(arn).status == "SUCCEEDED"
    skipped = [record for record in scene.rehearsal.audit_records if record["run_id"] == run.name]
    assert [record["event"] for record in skipped] == ["run_started", "requested", "run_ended"]
    assert json.loads(skipped[-1]["body"])["message"] == run.output["message"]
