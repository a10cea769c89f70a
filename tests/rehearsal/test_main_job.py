from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.rehearsal.faults import Fault

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.rehearsal.rehearsal import Rehearsal


def get(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - our own server
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def ledger(server: EmbeddedPostgres, database: str) -> list[str]:
    with server.connect(database) as connection:
        (rows,) = connection.run("SELECT array_agg(patch_id ORDER BY patch_id) FROM rdspatch.ledger")
    return list(rows[0])


def events(rehearsal: Rehearsal, run: str) -> list[str]:
    return [record["event"] for record in rehearsal.audit_records if record["run_id"] == run]


def test_the_application_is_healed_and_a_second_run_finds_nothing_to_do(example: Rehearsal, example_app: str) -> None:
    status, body = get(f"{example_app}/api/health")
    assert (status, "UndefinedColumn" in body["reason"]) == (503, True)

    first = example.run(name="first")
    assert (first.status, first.cause) == ("SUCCEEDED", None)
    assert get(f"{example_app}/api/health")[0] == 200
    status, project = get(f"{example_app}/api/projects/1")
    assert (status, project["id"]) == (200, 1)

    second = example.run(name="second")
    assert second.status == "SUCCEEDED"
    assert "Apply" not in second.state_names
    assert events(example, "first").count("patch_applied") == 8
    assert events(example, "second") == ["run_started", "requested", "verified", "health_checked", "run_ended"]


def test_a_column_of_another_type_is_not_taken_for_the_patchs_own(
    example: Rehearsal, postgres_server: EmbeddedPostgres, database_name: str
) -> None:
    with postgres_server.connect(database_name) as connection:
        connection.run("ALTER TABLE mesh_results ADD COLUMN job_id integer")
    execution = example.run(name="first")
    assert (execution.status, execution.error) == ("FAILED", "EffectMissing")
    for fact in ("0001_mesh_results_job_id", "mesh_results.job_id", "text", "integer"):
        assert fact in str(execution.cause)
    assert "CheckHealth" not in execution.state_names
    assert events(example, "first")[-1] == "run_ended"


def test_the_audit_of_a_run_is_a_chain(example: Rehearsal) -> None:
    example.run(name="first")
    records = example.audit_records
    assert [record["previous_hash"] for record in records] == ["", *[record["hash"] for record in records[:-1]]]
    assert json.loads(records[-1]["body"])["result"] == "succeeded"


def test_the_outcome_is_announced(example: Rehearsal) -> None:
    example.run(name="first")
    (notification,), (event,) = example.notifications, example.events
    assert "first" in notification["message"]
    assert event["detail"]["outcome"]["result"] == "succeeded"


def test_an_application_that_stays_ill_fails_the_run_and_is_recorded(
    example: Rehearsal, postgres_server: EmbeddedPostgres, database_name: str
) -> None:
    with postgres_server.connect(database_name) as connection:
        connection.run("DELETE FROM mesh_results; DELETE FROM projects")
    execution = example.run(name="first")
    assert execution.status == "FAILED"
    last = json.loads(example.audit_records[-1]["body"])
    assert (last["result"], last["applied"]) == ("unhealthy", 8)


@pytest.mark.parametrize("number", [1, 8, 15, 19])
def test_a_killed_apply_is_repeated_by_the_same_execution(
    example: Rehearsal, postgres_server: EmbeddedPostgres, database_name: str, number: int
) -> None:
    execution = example.run(name="first", faults={"apply": [Fault(kill_after=number)]})
    assert execution.status == "SUCCEEDED"
    applies = [invocation for invocation in example.invocations if invocation.action == "apply"]
    assert [invocation.error for invocation in applies] == ["Runtime.ExitError", None]
    assert len(ledger(postgres_server, database_name)) == 8
    assert events(example, "first").count("patch_applied") == 8


def test_a_database_that_is_never_reached_is_recorded_without_the_functions_help(example: Rehearsal) -> None:
    refusals = [Fault(refused="ENINotReadyException")] * 200
    execution = example.run(name="first", faults={"preflight": refusals})
    assert execution.status == "FAILED"
    assert example.invocations == ()
    assert events(example, "first") == ["run_started", "run_ended"]


def test_payloads_stay_small(example: Rehearsal) -> None:
    assert example.run().largest_payload < 10_000
