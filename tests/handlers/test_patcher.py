"""The patcher's actions as the workflow calls them, on a real PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.audit import find_break
from rdspatch.core.errors import (
    BadPatches,
    BadSettings,
    LockFileStale,
    PatchFailed,
    PlanRefused,
    RdspatchError,
    UnexpectedFailure,
    VerificationFailed,
)
from rdspatch.handlers import patcher

if TYPE_CHECKING:
    from tests.handlers.function import Function

RUN_EVENT = {"id": "run-1", "started_at": "2026-01-01T12:30:00.000Z"}
REQUEST = {"mode": "apply", "target": "test", "reason": "", "allow_out_of_order": False}
TO_DO = {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 2, "patch": None, "lock_attempts": 0}


@pytest.fixture
def two_patches(function: Function) -> Function:
    function.patches.patch("0001_users", "CREATE TABLE users (email text UNIQUE);")
    function.patches.patch("0002_seed", "INSERT INTO users VALUES ('a@b.c');", "verify: SELECT count(*) = 1 FROM users")
    function.patches.lock()
    return function


def test_a_run_goes_from_preflight_to_verified(two_patches: Function) -> None:
    request = two_patches.call("preflight", input={})
    assert request == REQUEST
    work = two_patches.call("plan", request=request)
    assert len(work["approval"].pop("digest")) == 64
    nothing = {"needed": False, "hazards": [], "count": 0}
    expected = {"patches": ["0001_users", "0002_seed"], "additive": False, "approval": nothing, "note": ""}
    assert work == TO_DO | expected
    assert two_patches.query("SELECT to_regclass('users')") == [[None]]
    work = two_patches.call("apply", request=request, work=work)
    assert work == TO_DO | {"status": "done", "applied": 2, "pending": 0}
    assert two_patches.query("SELECT email FROM users") == [["a@b.c"]]
    verified = two_patches.call("verify", request=request)
    records = two_patches.table.of_run(two_patches.run)
    assert verified == {"verified": 2, "audit_hash": records[-1].hash}


def test_every_applied_patch_has_its_record_with_what_the_contract_names(two_patches: Function) -> None:
    two_patches.apply()
    two_patches.call("verify", request=REQUEST)
    assert two_patches.audited() == [
        ("patch_applied", "0001_users"),
        ("patch_applied", "0002_seed"),
        ("verified", None),
    ]
    records = two_patches.table.of_run(two_patches.run)
    assert find_break(records) is None
    (checksum,) = two_patches.query("SELECT checksum FROM rdspatch.ledger WHERE patch_id = '0001_users'")[0]
    facts = records[0].facts
    assert set(facts) == {"checksum", "run_id", "duration_ms", "lock_attempts", "patch_id"}
    assert (facts["checksum"], facts["run_id"], facts["lock_attempts"]) == (checksum, "run-1", 0)
    assert records[2].facts == {"patches": 2}
    assert two_patches.query("SELECT bool_and(audited) FROM rdspatch.ledger") == [[True]]


def test_a_second_run_finds_nothing_to_do(two_patches: Function) -> None:
    two_patches.apply()
    work = two_patches.call("plan", request=REQUEST)
    assert (work["status"], work["pending"], work["patches"]) == ("done", 0, [])
    again = two_patches.call("apply", request=REQUEST, work=work)
    assert (again["status"], again["pending"]) == ("done", 0)
    assert len(two_patches.audited()) == 2


def test_preflight_records_what_was_asked_for_and_leaves_the_database_as_it_is(two_patches: Function) -> None:
    two_patches.call("preflight", input={"mode": "plan", "reason": "before the release"})
    assert two_patches.query("SELECT to_regnamespace('rdspatch')") == [[None]]
    (record,) = two_patches.table.everything()
    assert (record.event, record.facts["reason"]) == ("requested", "before the release")


def test_a_failed_patch_is_recorded_with_those_after_it(function: Function) -> None:
    function.patches.patch("0001_good", "CREATE TABLE good (id int);")
    function.patches.patch("0002_bad", "\nSELECT missing FROM good;")
    function.patches.patch("0003_late", "CREATE TABLE late (id int);")
    function.patches.lock()
    with pytest.raises(PatchFailed, match=r'0002_bad.sql:3:8: column "missing" does not exist \(SQLSTATE 42703\)'):
        function.apply()
    assert function.audited() == [
        ("patch_applied", "0001_good"),
        ("patch_failed", "0002_bad"),
        ("patch_not_reached", "0003_late"),
    ]
    records = function.table.of_run(function.run)
    assert find_break(records) is None
    assert records[1].facts["error"].startswith("PatchFailed: 0002_bad.sql:3:8: ")
    assert "error" not in records[2].facts
    assert function.query("SELECT to_regclass('late')") == [[None]]


def test_a_verification_that_fails_names_the_query_and_records_nothing(function: Function) -> None:
    function.patches.patch("0001_a", "CREATE TABLE a (id int);", "verify: SELECT count(*) = 1 FROM a")
    function.patches.lock()
    function.apply()
    with pytest.raises(VerificationFailed, match=r"0001_a.sql: `SELECT count\(\*\) = 1 FROM a` is not true"):
        function.call("verify", request=REQUEST)
    assert [event for event, _ in function.audited()] == ["patch_applied"]


def test_an_edited_applied_patch_stops_plan_and_apply(two_patches: Function) -> None:
    two_patches.apply()
    two_patches.patches.patch("0001_users", "CREATE TABLE users (email text);")
    two_patches.patches.lock()
    with pytest.raises(PlanRefused, match=r"0001_users.sql: the file changed after it was applied"):
        two_patches.call("plan", request=REQUEST)
    with pytest.raises(PlanRefused):
        two_patches.call("apply", request=REQUEST, work=TO_DO)


def test_a_patch_that_may_call_a_strangers_function_stops_plan_and_apply(two_patches: Function) -> None:
    two_patches.patches.patch("0003_split", "SELECT split_part('a'::varchar, '@', 1);")
    two_patches.patches.lock()
    two_patches.query(f"CREATE ROLE {two_patches.database}_stranger")
    two_patches.query(
        "CREATE FUNCTION split_part(varchar, text, int) RETURNS text LANGUAGE sql AS 'SELECT $1'; "
        f"ALTER FUNCTION split_part(varchar, text, int) OWNER TO {two_patches.database}_stranger"
    )
    try:
        with pytest.raises(PlanRefused, match=r"0003_split.sql: it may call the function public.split_part\("):
            two_patches.call("plan", request=REQUEST)
        with pytest.raises(PlanRefused):
            two_patches.call("apply", request=REQUEST, work=TO_DO)
        assert two_patches.query("SELECT count(*) FROM rdspatch.ledger") == [[0]]
    finally:
        two_patches.query(f"DROP OWNED BY {two_patches.database}_stranger")
        two_patches.query(f"DROP ROLE {two_patches.database}_stranger")


def test_a_patch_out_of_order_runs_only_when_the_request_says_so(function: Function) -> None:
    function.patches.patch("0002_b", "SELECT 1;")
    function.patches.lock()
    function.apply()
    function.patches.patch("0001_a", "SELECT 1;")
    function.patches.lock()
    with pytest.raises(PlanRefused, match=r"0001_a.sql: it comes before 0002_b"):
        function.call("plan", request=REQUEST)
    allowed = function.call("preflight", input={"allow_out_of_order": True})
    assert function.call("plan", request=allowed)["pending"] == 1
    assert function.call("apply", request=allowed, work=TO_DO)["status"] == "done"


def test_a_plan_of_a_thousand_patches_stays_small(function: Function) -> None:
    for number in range(1, 1001):
        function.patches.patch(f"{number:04d}_x", "SELECT 1;")
    function.patches.lock()
    work = function.call("plan", request=REQUEST)
    assert (work["pending"], len(work["patches"])) == (1000, 50)


def test_what_does_not_fit_the_remaining_time_is_left_for_the_next_invocation(two_patches: Function) -> None:
    work = two_patches.call("apply", request=REQUEST, work=TO_DO, remaining=30_000)
    assert (work["status"], work["applied"], work["pending"]) == ("continue", 1, 1)
    work = two_patches.call("apply", request=REQUEST, work=work)
    assert (work["status"], work["applied"], work["pending"]) == ("done", 2, 0)
    assert [patch for _, patch in two_patches.audited()] == ["0001_users", "0002_seed"]


def test_bad_settings_are_named_all_together(function: Function) -> None:
    function.setenv(TARGET="NO", COLOUR="blue")
    with pytest.raises(BadSettings) as caught:
        function.call("preflight", input={})
    assert [problem.where for problem in caught.value.problems] == ["RDSPATCH_TARGET", "RDSPATCH_COLOUR"]


@pytest.mark.parametrize("action", ["preflight", "plan", "apply"])
def test_patches_without_a_matching_lock_file_do_not_run(two_patches: Function, action: str) -> None:
    two_patches.patches.patch("0003_new", "CREATE TABLE new (id int);")
    with pytest.raises(LockFileStale, match=r"0003_new.sql: is not in the lock file; run `rdspatch lock`"):
        two_patches.call(action, input={}, request=REQUEST, work=TO_DO)
    (two_patches.patches.path / "patches.lock.json").unlink()
    with pytest.raises(LockFileStale, match=r"patches.lock.json: is missing; run `rdspatch lock`"):
        two_patches.call(action, input={}, request=REQUEST, work=TO_DO)
    assert two_patches.query("SELECT to_regclass('users')") == [[None]]


def test_an_unusable_directory_is_named_with_every_problem(two_patches: Function) -> None:
    two_patches.patches.write("0003_empty.sql", "")
    two_patches.patches.write("notes.sql", "SELECT 1;")
    with pytest.raises(BadPatches, match="2 problems in the patches"):
        two_patches.call("preflight", input={})


def test_a_success_is_logged_with_action_and_run(two_patches: Function) -> None:
    two_patches.call("plan", request=REQUEST)
    (line,) = two_patches.lines()
    assert (line["level"], line["action"], line["run"], line["answer"]["pending"]) == ("INFO", "plan", "run-1", 2)


def test_a_named_error_is_logged_once_with_its_name(two_patches: Function) -> None:
    two_patches.setenv(DATABASE_HOST="/nowhere")
    with pytest.raises(RdspatchError):
        two_patches.call("plan", request=REQUEST)
    (line,) = two_patches.lines()
    assert (line["error"], line["action"], line["run"]) == ("DatabaseUnreachable", "plan", "run-1")
    assert "/nowhere" in line["message"]


def test_a_defect_is_an_unexpected_failure_whose_log_says_where_and_nothing_else(two_patches: Function) -> None:
    class Broken:
        def get_remaining_time_in_millis(self) -> int:
            raise RuntimeError("CANARY")

    with pytest.raises(UnexpectedFailure) as caught:
        patcher.handler({"action": "plan", "run": RUN_EVENT}, Broken())
    assert str(caught.value) == "RuntimeError in the patcher; the function's log says where"
    assert caught.value.__suppress_context__
    (line,) = two_patches.lines()
    assert (line["level"], line["error"], line["run"]) == ("ERROR", "RuntimeError", "run-1")
    assert "get_remaining_time_in_millis" in "".join(line["at"])
    assert "CANARY" not in str(caught.value)
