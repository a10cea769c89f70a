"""Every applied patch gets exactly one record, whatever fails between the database and the audit table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.dynamodb import item_from_record
from rdspatch.cli.app import run as command_line
from rdspatch.core.audit import LAST_SEQ, AuditEntry, AuditEvent, ChainHead, chain, find_break
from rdspatch.core.errors import AuditUnavailable, PatchFailed, RunEnded
from tests.audit_table import NAME, TARGET
from tests.handlers.killed import Killed, KilledAt, Unwritable
from tests.samples import AT, OTHER_RUN

if TYPE_CHECKING:
    from tests.handlers.function import Function

REQUEST: dict[str, object] = {}
TO_DO = {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 2, "patch": None, "lock_attempts": 0}


@pytest.fixture
def two_patches(function: Function) -> Function:
    function.patches.patch("0001_a", "CREATE TABLE a (id int);")
    function.patches.patch("0002_b", "CREATE TABLE b (id int);")
    function.patches.lock()
    return function


def recorded(function: Function) -> list[str | None]:
    """The patches that any run has recorded as applied."""
    return sorted(record.patch_id or "" for record in function.table.everything() if record.event == "patch_applied")


def is_settled(function: Function) -> bool:
    return function.query("SELECT count(*) = 2 AND bool_and(audited) FROM rdspatch.ledger") == [[True]]


def test_nothing_is_applied_while_nobody_can_say_what_was(two_patches: Function) -> None:
    two_patches.setenv(AUDIT_TABLE="no-such-table")
    with pytest.raises(AuditUnavailable, match="table no-such-table: ResourceNotFoundException"):
        two_patches.call("apply", request=REQUEST, work=TO_DO)
    assert two_patches.query("SELECT count(*) FROM rdspatch.ledger") == [[0]]


def test_patches_stay_applied_while_the_audit_takes_nothing_and_are_recorded_by_the_next_apply(
    two_patches: Function,
) -> None:
    unwritable = Unwritable(two_patches.table.log())
    with two_patches.with_ports(audit=unwritable), pytest.raises(AuditUnavailable, match="no room for 2 records"):
        two_patches.call("apply", request=REQUEST, work=TO_DO)
    assert two_patches.query("SELECT patch_id, audited FROM rdspatch.ledger") == [["0001_a", False], ["0002_b", False]]
    work = two_patches.call("apply", request=REQUEST, work=TO_DO)
    assert (work["status"], work["applied"]) == ("done", 2)
    assert recorded(two_patches) == ["0001_a", "0002_b"]
    assert is_settled(two_patches)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_around_its_audit_record_is_recorded_exactly_once(two_patches: Function, moment: str) -> None:
    killed = KilledAt(two_patches.table.log(), "patch_applied", moment=moment)
    with two_patches.with_ports(audit=killed), pytest.raises(Killed):
        two_patches.call("apply", request=REQUEST, work=TO_DO)
    assert two_patches.query("SELECT bool_or(audited) FROM rdspatch.ledger") == [[False]]
    two_patches.run = OTHER_RUN
    two_patches.call("apply", request=REQUEST, work=TO_DO)
    assert recorded(two_patches) == ["0001_a", "0002_b"]
    assert is_settled(two_patches)
    two_patches.call("apply", request=REQUEST, work=TO_DO)
    assert recorded(two_patches) == ["0001_a", "0002_b"]


def test_a_late_record_says_so_and_names_the_run_that_applied_the_patch(two_patches: Function) -> None:
    with two_patches.with_ports(audit=Unwritable(two_patches.table.log())), pytest.raises(AuditUnavailable):
        two_patches.call("apply", request=REQUEST, work=TO_DO)
    two_patches.run = OTHER_RUN
    two_patches.call("apply", request=REQUEST, work=TO_DO)
    records = two_patches.table.of_run(OTHER_RUN)
    assert find_break(records) is None
    (checksum, applied_at) = two_patches.query(
        "SELECT checksum, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') "
        "FROM rdspatch.ledger ORDER BY patch_id LIMIT 1"
    )[0]
    assert records[0].facts == {"checksum": checksum, "run_id": "run-1", "recorded": "late", "patch_id": "0001_a"}
    assert records[0].at == applied_at


def test_the_time_of_a_late_record_is_utc_whatever_the_databases_time_zone(two_patches: Function) -> None:
    two_patches.query(f"ALTER DATABASE \"{two_patches.database}\" SET timezone = 'Asia/Kolkata'")
    test_a_late_record_says_so_and_names_the_run_that_applied_the_patch(two_patches)


def test_what_the_command_line_applied_is_recorded_by_the_next_run_of_the_workflow(two_patches: Function) -> None:
    url = two_patches.server.url(two_patches.database)
    with two_patches.monkeypatch.context() as shell:
        for name in two_patches.environment():
            shell.delenv(f"RDSPATCH_{name}")
        assert command_line(["apply", "--database", url, "--patches", str(two_patches.patches.path)]) == 0
    assert recorded(two_patches) == []
    work = two_patches.call("apply", request=REQUEST, work=TO_DO)
    assert (work["status"], work["applied"]) == ("done", 0)
    assert recorded(two_patches) == ["0001_a", "0002_b"]
    assert is_settled(two_patches)
    assert all(record.facts["run_id"].startswith("cli-") for record in two_patches.table.everything())


def test_a_patch_that_fails_while_the_audit_is_down_is_still_the_error_that_is_reported(function: Function) -> None:
    function.patches.patch("0001_a", "CREATE TABLE a (id int);")
    function.patches.patch("0002_b", "SELECT missing;")
    function.patches.lock()
    with function.with_ports(audit=Unwritable(function.table.log())), pytest.raises(PatchFailed):
        function.call("apply", request=REQUEST, work=TO_DO)
    assert [line["error"] for line in function.lines()] == ["AuditUnavailable", "PatchFailed"]
    with pytest.raises(PatchFailed):
        function.call("apply", request=REQUEST, work=TO_DO)
    assert function.audited() == [("patch_applied", "0001_a"), ("patch_failed", "0002_b")]


def test_a_repeated_apply_of_one_run_goes_on_in_the_same_chain(two_patches: Function) -> None:
    work = two_patches.call("apply", request=REQUEST, work=TO_DO, remaining=30_000)
    two_patches.call("apply", request=REQUEST, work=work)
    records = two_patches.table.of_run(two_patches.run)
    assert [record.seq for record in records] == [1, 2]
    assert find_break(records) is None


def end(function: Function) -> None:
    """Write the run's last record, as the workflow does."""
    newest = function.table.log().append([], run=function.run)
    entry = AuditEntry(event=AuditEvent.RUN_ENDED, at=AT, facts={"outcome": "aborted"})
    (last,) = chain([entry], run=function.run, target=TARGET, head=ChainHead(LAST_SEQ - 1, newest))
    function.table.client.put_item(TableName=NAME, Item=item_from_record(last))


def test_an_execution_that_is_redriven_after_its_end_is_refused_and_the_next_run_records_what_it_applied(
    two_patches: Function,
) -> None:
    two_patches.call("preflight", input={})
    end(two_patches)
    before = two_patches.table.of_run(two_patches.run)
    with pytest.raises(RunEnded, match="start a new run"):
        two_patches.call("apply", request=REQUEST, work=TO_DO)
    for action in ("preflight", "verify"):
        with pytest.raises(RunEnded):
            two_patches.call(action, input={}, request=REQUEST)
    assert two_patches.table.of_run(two_patches.run) == before
    assert find_break(before) is None
    two_patches.run = OTHER_RUN
    two_patches.call("apply", request=REQUEST, work=TO_DO)
    assert recorded(two_patches) == ["0001_a", "0002_b"]
    assert is_settled(two_patches)
