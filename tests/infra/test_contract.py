"""The stack and the code agree: neither knows the other, so these tests are what holds them together."""

from __future__ import annotations

import importlib
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.functions import RUNTIME
from infra.policies import MOST_HOURS
from infra.settings import HEALTH_SECONDS, HealthCheck
from infra.workflow import RUN_HOURS
from rdspatch.adapters import dynamodb
from rdspatch.authoring.bundle import PYTHON_VERSION
from rdspatch.core import errors
from rdspatch.core.audit import LAST_FUNCTION_SEQ, AuditEvent, partition_key, sort_prefix
from rdspatch.core.health import Verdict
from rdspatch.core.recorded_run import LONGEST_RUN
from rdspatch.core.request import Mode, parse_request
from rdspatch.core.run import Run
from rdspatch.core.settings import HealthSettings, PatcherSettings
from rdspatch.core.work import Status, Work
from rdspatch.handlers.patcher import ACTIONS

ROOT = Path(__file__).parents[2]
STAGES = ["sandbox", "existing", "token", "fresh_token"]
ACTION_STATES = {"Preflight", "Plan", "Apply", "Drift", "Repair", "Verify"}


def environment_of(template: Any, function: str) -> dict[str, str]:
    variables = template.function(function)["Environment"]["Variables"]
    return {name: template.resolve(value) for name, value in variables.items()}


def raised_on_purpose() -> dict[str, type[Any]]:
    """The errors that a function can raise: those without a more special one below, by name."""

    def leaves(kind: type[Any]) -> set[type[Any]]:
        below = kind.__subclasses__()
        return {kind} if not below else set().union(*(leaves(item) for item in below))

    # The health function answers with data; the workflow itself ends a run with this name. Patches are proven, and
    # compared with the models, before they ship.
    elsewhere = {
        errors.Unhealthy,
        errors.DriftFound,
        errors.DriftUnjudged,
        errors.RunAborted,
        errors.SnapshotFailed,
        errors.ApprovalRejected,
        errors.ApprovalExpired,
        errors.RunTimedOut,
        errors.ProofFailed,
        errors.BadModels,
        errors.ModelsDiffer,
    }
    found = leaves(errors.RdspatchError) - elsewhere
    return {kind.__name__: kind for kind in found if kind.__module__ == errors.__name__}


def attempts(state: dict[str, Any], error: str) -> tuple[int, int]:
    """Attempts and first interval for an error that a retrier names."""
    for retrier in state["Retry"]:
        if error in retrier["ErrorEquals"]:
            return retrier["MaxAttempts"], retrier.get("IntervalSeconds", 0)
    return 0, 0


@pytest.mark.parametrize("name", ["patcher", "health"])
def test_the_handler_is_a_function_of_the_package(sandbox: Any, name: str) -> None:
    module, _, function = sandbox.function(name)["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("stage", STAGES)
def test_the_patcher_accepts_its_environment(stage: str, request: pytest.FixtureRequest) -> None:
    """Catches a variable that is misspelt, missing or unknown to the code."""
    settings = PatcherSettings.from_env(environment_of(request.getfixturevalue(stage), "patcher"))
    assert settings.database.tls.value == "verify-full"


def test_the_repair_limit_of_the_stage_arrives_in_the_patcher(sandbox: Any) -> None:
    assert PatcherSettings.from_env(environment_of(sandbox, "patcher")).repair_limit == 10


def test_what_the_stage_says_arrives_in_the_patcher(existing: Any, token: Any) -> None:
    by_secret = PatcherSettings.from_env(environment_of(existing, "patcher"))
    assert by_secret.target == "meshapp"
    assert by_secret.database.host == "meshapp.abcdefghijkl.eu-central-1.rds.amazonaws.com"
    assert (by_secret.database.port, by_secret.database.name) == (5432, "meshapp")
    assert by_secret.database.secret_arn is not None
    assert by_secret.audit_table in existing.of_type("AWS::DynamoDB::Table")
    by_token = PatcherSettings.from_env(environment_of(token, "patcher")).database
    assert (by_token.authentication.value, by_token.user) == ("iam", "patcher")
    assert (by_token.owner_role, by_token.search_path) == ("meshapp_owner", ("app", "public"))
    assert by_token.trusted_roles == ("meshapp", "audit")
    assert by_secret.database.trusted_roles == ()


@pytest.mark.parametrize("stage", STAGES)
def test_the_health_function_accepts_its_environment(stage: str, request: pytest.FixtureRequest) -> None:
    settings = HealthSettings.from_env(environment_of(request.getfixturevalue(stage), "health"))
    assert settings.smoke_paths == ("/api/projects/1",)
    assert settings.statuses == frozenset({"healthy", "ok"})


def test_the_default_health_check_fits_into_its_function() -> None:
    assert HealthCheck(url="http://x/api/health").longest_seconds < HEALTH_SECONDS


def test_the_workflow_sends_the_actions_that_the_patcher_knows(states: dict[str, Any]) -> None:
    payloads = [state["Parameters"]["Payload"] for name, state in states.items() if name in ACTION_STATES]
    assert {payload["action"] for payload in payloads} == set(ACTIONS) - {"doctor"}


def test_the_events_are_what_the_handlers_take(states: dict[str, Any]) -> None:
    def payload(name: str) -> dict[str, Any]:
        sent: dict[str, Any] = states[name]["Parameters"]["Payload"]
        return sent

    run = {"run.$": "$.run"}
    request = {"request.$": "$.request"}
    assert payload("Preflight") == {"action": "preflight", "input.$": "$$.Execution.Input"} | run
    approval = {"approval": {"ask": [], "given.$": "$.approved"}}
    assert payload("Plan") == {"action": "plan"} | request | approval | run
    assert payload("Apply") == {"action": "apply", "work.$": "$.work"} | request | run
    assert payload("Drift") == {"action": "drift"} | request | run
    assert payload("Repair") == {"action": "repair", "work.$": "$.work"} | request | run
    assert payload("Verify") == {"action": "verify"} | request | run
    assert payload("CheckHealth") == run
    assert states["Begin"]["Parameters"]["run"] == {
        "id.$": "$$.Execution.Name",
        "started_at.$": "$$.Execution.StartTime",
    }


def test_the_workflow_keeps_the_fields_that_the_handlers_return(states: dict[str, Any]) -> None:
    def kept(name: str) -> set[str]:
        return {key.removesuffix(".$") for key in states[name]["ResultSelector"]}

    assert kept("Preflight") == set(parse_request({}, target="x").to_json())
    assert kept("Apply") == set(Work(status=Status.DONE).to_json())
    assert kept("Plan") == kept("Apply") | {"additive", "approval", "note"}
    assert kept("CheckHealth") == set(Verdict(healthy=True, reason="", probes=()).as_data())
    assert kept("Repair") == kept("Apply") | {"holder"}
    assert kept("Drift") == {"missing", "changed", "extra", "unknown", "unjudged", "differences"}
    assert kept("Verify") == {"verified", "audit_hash"}


def test_a_repair_begins_with_work_that_the_handler_takes(states: dict[str, Any]) -> None:
    """Catches work that is not whole: a repair has no plan before it that would fill it in."""
    work = Work.from_json(states["Begin"]["Parameters"]["work"])
    assert work == Work(status=Status.CONTINUE)


def test_the_choices_know_every_status_and_mode(states: dict[str, Any]) -> None:
    def known(choice: str, variable: str) -> set[str]:
        return {rule["StringEquals"] for rule in states[choice]["Choices"] if rule["Variable"] == variable}

    assert known("NextRepair", "$.work.status") == {status.value for status in Status}
    assert known("NextStep", "$.work.status") == {status.value for status in Status} - {"busy"}
    modes = known("Mode", "$.request.mode") | known("NextStep", "$.request.mode")
    assert modes == {mode.value for mode in Mode} - {"apply"}


def test_the_workflow_explains_exactly_the_errors_that_the_code_raises(states: dict[str, Any]) -> None:
    """Catches a new error class whose message people would never see."""
    (rule,) = states["IsOurError"]["Choices"]
    assert {part["StringEquals"] for part in rule["Or"]} == set(raised_on_purpose())


@pytest.mark.parametrize("state", ["Plan", "Apply", "Drift", "Repair", "Verify"])
def test_the_workflow_retries_what_the_code_says(states: dict[str, Any], state: str) -> None:
    """Catches a patch error that is tried again, and a busy database that is given up on."""
    for name, kind in raised_on_purpose().items():
        again, interval = attempts(states[state], name)
        if kind.retry == "never":
            assert again == 0, name
        else:
            assert again >= 5, name
            assert interval == {"slowly": 10, "soon": 2}[kind.retry], name


@pytest.mark.parametrize("state", ["Preflight", "CheckHealth"])
def test_what_is_never_retried_is_so_also_where_all_else_is(states: dict[str, Any], state: str) -> None:
    never = {name for name, kind in raised_on_purpose().items() if kind.retry == "never"}
    assert set(states[state]["Retry"][0]["ErrorEquals"]) == never
    assert states[state]["Retry"][0]["MaxAttempts"] == 0


def test_the_records_are_what_the_audit_code_reads(existing: Any) -> None:
    states = existing.definition()["States"]
    items = {
        name: state["Parameters"]["Item"] for name, state in states.items() if "Item" in state.get("Parameters", {})
    }
    records = {name: item for name, item in items.items() if "event" in item}
    assert {item["event"]["S"] for item in records.values()} == {
        event.value
        for event in (
            AuditEvent.RUN_STARTED,
            AuditEvent.SNAPSHOT_TAKEN,
            AuditEvent.HEALTH_CHECKED,
            AuditEvent.RUN_ENDED,
        )
    }
    prefix = sort_prefix(Run(id="{}", started_at="{}"))
    for name, item in records.items():
        assert item["PK"]["S"] == partition_key("meshapp"), name
        template, _, arguments = item["SK"]["S.$"].partition("', ")
        assert template.removeprefix("States.Format('").startswith(prefix), name
        assert arguments == "$.run.started_at, $.run.id)", name
        sequence = int(template.rpartition("#")[2])
        assert sequence in (0, 100_000) or sequence > LAST_FUNCTION_SEQ, name


def test_notes_beside_the_records_are_in_partitions_of_no_target(existing: Any) -> None:
    """Catches a note that the audit would take for a record, and a broken chain."""
    states = existing.definition()["States"]
    audit = states["RecordStarted"]["Parameters"]["TableName"]
    puts = [state["Parameters"] for state in states.values() if "Item" in state.get("Parameters", {})]
    notes = [put["Item"] for put in puts if put["TableName"] == audit and "event" not in put["Item"]]
    assert {item["PK"]["S"] for item in notes} == {"SNAPSHOT#meshapp"}
    assert not any("run_id" in item or "patch_id" in item for item in notes)


def test_the_code_names_the_indexes_that_the_table_has(sandbox: Any) -> None:
    table = sandbox.only("AWS::DynamoDB::Table")["Properties"]
    names = {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
    assert names == {dynamodb.BY_RUN, dynamodb.BY_PATCH}


def test_a_run_counts_as_over_only_when_the_workflow_itself_has_ended_it() -> None:
    assert timedelta(hours=RUN_HOURS + MOST_HOURS) == LONGEST_RUN


def test_the_functions_run_on_a_python_that_the_asset_is_built_for_and_the_suite_is_run_under() -> None:
    """Catches a newer runtime whose wheels, or whose test runs, are still of the old one."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (matrix,) = re.findall(r"^MATRIX \?= (.*)$", makefile, re.MULTILINE)
    assert RUNTIME.name == f"python{PYTHON_VERSION}"
    assert PYTHON_VERSION in matrix.split()
    assert f'"Programming Language :: Python :: {PYTHON_VERSION}"' in (ROOT / "pyproject.toml").read_text("utf-8")
    done = subprocess.run(
        ["make", "-n", "test-matrix", "MATRIX="], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert f"the functions run on Python {PYTHON_VERSION}, which is not among them" in done.stderr + done.stdout
