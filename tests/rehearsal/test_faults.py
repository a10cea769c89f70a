"""What the services around a run do wrong, on the project's own workflow."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from rdspatch.rehearsal.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rehearsal.stage import Stage

pytestmark = pytest.mark.slow

GOOD = {"0001_things": "CREATE TABLE things (id int);", "0002_more": "ALTER TABLE things ADD COLUMN name text;"}
NOT_READY = (
    "ResourceNotReadyException",
    "ENINotReadyException",
    "CodeArtifactUserPendingException",
    "TooManyRequestsException",
)
SAME_INPUT, OTHER_INPUT = {"reason": "once"}, {"reason": "twice"}
NAMES = [f"pipeline-{number}" for number in range(5)]


def assert_applied_once(scene: Stage) -> None:
    assert scene.ledger() == sorted(GOOD)
    applied = Counter(patch for event, patch in scene.audit() if event == "patch_applied")
    assert applied == dict.fromkeys(GOOD, 1)


@pytest.mark.faults_only
@pytest.mark.experiment("F52")
@pytest.mark.parametrize("error", NOT_READY)
def test_a_function_that_is_not_ready_is_asked_again_and_no_patch_runs_twice(
    stage: Callable[..., Stage], error: str
) -> None:
    scene = stage(GOOD)
    refused = Fault(refused=error)
    execution = scene.run(faults={"preflight": [refused] * 5, "plan": [refused], "apply": [refused] * 2})
    assert (execution.status, execution.cause) == ("SUCCEEDED", None)
    assert_applied_once(scene)


@pytest.mark.faults_only
@pytest.mark.experiment("F15")
def test_a_run_that_is_started_twice_under_one_name_runs_once(
    stage: Callable[..., Stage], trials: Callable[[int], None]
) -> None:
    trials(2 * len(NAMES))
    scene = stage(GOOD)
    for name in NAMES:
        first = scene.rehearsal.begin(SAME_INPUT, name=name)
        assert scene.rehearsal.begin(SAME_INPUT, name=name) == first
        with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
            scene.rehearsal.begin(OTHER_INPUT, name=name)
        assert scene.rehearsal.wait(first).status == "SUCCEEDED"
    assert Counter(event for event, _ in scene.audit())["run_started"] == len(NAMES)
    assert_applied_once(scene)


CANARY = "CANARY-9d2e"
USERS = f"CREATE TABLE users (email text UNIQUE); INSERT INTO users VALUES ('{CANARY}');"
KILLED = f"INSERT INTO users VALUES ('{CANARY} 2');"
LEAKY = {
    "a password in a statement": f"CREATE USER MAPPING FOR postgres SERVER nowhere OPTIONS (password '{CANARY}');",
    "a row in DETAIL": "INSERT INTO users SELECT email FROM users;",
    "a row in a check": "ALTER TABLE users ADD CHECK (length(email) < 3);",
    "a row in a cast": "ALTER TABLE users ALTER COLUMN email TYPE int USING email::int;",
    "a literal in a cast": f"SELECT '{CANARY}'::uuid;",
    "a text that a patch raises": f"DO $$BEGIN RAISE EXCEPTION '{CANARY}'; END$$;",
    "a row as a name": "DO $$BEGIN EXECUTE format('SELECT %I', (SELECT email FROM users)); END$$;",
    "a row as a relation": "SELECT (SELECT email FROM users)::regclass;",
    "a row in a query of verify": "-- verify: SELECT email::int > 0 FROM users\nSELECT 1;",
    "a row in a verification that fails": (
        f"-- verify: SELECT count(*) = 0 FROM users WHERE email = '{CANARY}'\nSELECT 1;"
    ),
    "a statement outside a transaction": (
        "-- transaction: none\nCREATE UNIQUE INDEX CONCURRENTLY twice_idx ON users ((left(email, 0)));"
        f"\nSELECT '{CANARY}'::int;"
    ),
    "a function that is killed": KILLED,
}


def everything_said(scene: Stage, execution: Any) -> str:
    """All that anybody can read of a run: history, records, messages, events and logs."""
    said = [execution.events, execution.cause, execution.output, scene.rehearsal.audit_records]
    said += [scene.rehearsal.notifications, scene.rehearsal.events]
    return json.dumps(said, default=str) + "".join(call.log for call in scene.rehearsal.invocations)


@pytest.mark.faults_only
@pytest.mark.experiment("F39")
@pytest.mark.parametrize("sql", LEAKY.values(), ids=LEAKY)
def test_no_canary_leaves_a_run_that_fails(stage: Callable[..., Stage], sql: str) -> None:
    scene = stage({"0001_leaky": sql})
    scene.rows(f"{USERS} SELECT 1")
    faults = {"apply": [Fault(kill_before=4)] * 50} if sql == KILLED else {}
    execution = scene.run({"reason": "a leak"}, faults=faults)
    assert execution.status == "FAILED"
    said = everything_said(scene, execution)
    assert "a leak" in said
    assert CANARY not in said
