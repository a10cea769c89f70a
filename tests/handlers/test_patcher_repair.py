"""The action repair: what is replayed has a record before and after, and another run has the right of way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.cli.target import open_database
from rdspatch.core.audit import find_break
from rdspatch.core.errors import (
    AnotherRunActive,
    AuditUnavailable,
    EffectMissing,
    PatchFailed,
    RepairRefused,
    VerificationFailed,
)
from tests.handlers.killed import Killed, KilledAt
from tests.handlers.repairable import FRESH, NO_CHECK, REQUEST, impatient, repair
from tests.samples import OTHER_RUN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.audit import AuditEntry
    from rdspatch.core.run import Run
    from tests.handlers.function import Function

DONE = {**FRESH, "status": "done", "holder": ""}


def constraint(function: Function) -> list[Any]:
    return function.query("SELECT convalidated FROM pg_constraint WHERE conname = 'users_phone'")


def test_without_anything_missing_only_the_look_is_recorded(applied: Function) -> None:
    assert repair(applied) == DONE
    assert applied.audited() == [("drift_checked", None)]


def test_a_patch_that_may_call_a_strangers_function_is_not_replayed(applied: Function) -> None:
    stranger = f"{applied.database}_stranger"
    applied.query(f"{NO_CHECK}; CREATE ROLE {stranger}")
    applied.query(
        "CREATE FUNCTION differs(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; "
        "CREATE OPERATOR public.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = differs); "
        f"ALTER OPERATOR public.<> (text, text) OWNER TO {stranger}"
    )
    try:
        with pytest.raises(RepairRefused, match=r"0002_check.sql: it may call the operator public.<>"):
            repair(applied)
        assert constraint(applied) == []
    finally:
        applied.query(f"DROP OWNED BY {stranger}")
        applied.query(f"DROP ROLE {stranger}")


def test_the_plan_is_recorded_before_the_replays_and_what_is_left_after_them(applied: Function) -> None:
    applied.query(f"{NO_CHECK}; CREATE TABLE odd ()")
    assert repair(applied) == {**DONE, "applied": 2}
    assert constraint(applied) == [[True]]
    records = applied.table.of_run(applied.run)
    assert applied.audited() == [
        ("repair_planned", None),
        ("patch_replayed", "0002_check"),
        ("patch_replayed", "0003_valid"),
        ("drift_checked", None),
    ]
    assert find_break(records) is None
    planned, replayed, _, after = (record.facts for record in records)
    assert planned["patches"] == ["0002_check", "0003_valid"]
    assert [text.partition(" is ")[0] for text in planned["heals"]] == ["missing constraint public.users.users_phone"]
    assert [text.rpartition(": ")[2] for text in planned["leaves"]] == ["what is extra is left alone"]
    assert set(replayed) == {"checksum", "run_id", "duration_ms", "lock_attempts", "patch_id"}
    assert (after["missing"], after["changed"], after["extra"]) == (0, 0, 1)


def test_what_comes_back_empty_is_in_the_record(applied: Function) -> None:
    applied.query("DROP TABLE notes")
    repair(applied)
    assert applied.table.of_run(applied.run)[0].facts["without"] == ["table public.notes comes back without its rows"]


def test_after_a_repair_the_patches_verify(applied: Function) -> None:
    applied.query("ALTER TABLE users DROP phone")
    repair(applied)
    assert applied.call("verify", request=REQUEST)["verified"] == 4


def test_a_replay_is_no_application(applied: Function) -> None:
    applied.query(NO_CHECK)
    before = applied.query("SELECT * FROM rdspatch.ledger ORDER BY patch_id")
    applied.run = OTHER_RUN
    repair(applied)
    assert applied.query("SELECT * FROM rdspatch.ledger ORDER BY patch_id") == before
    assert [event for event, _ in applied.audited()].count("patch_applied") == 0


def test_another_run_has_the_right_of_way(applied: Function) -> None:
    applied.query(NO_CHECK)
    other = open_database(applied.server.url(applied.database)).connect(OTHER_RUN)
    assert other.try_run_lock() is None
    with impatient(applied):
        answer = applied.call("repair", request=REQUEST, work={**FRESH, "applied": 1, "pending": 2})
    other.close()
    holder = answer.pop("holder")
    assert answer == {**FRESH, "status": "busy", "applied": 1, "pending": 2}
    assert f"application 'rdspatch:{OTHER_RUN.id}'" in holder
    assert (constraint(applied), applied.audited()) == ([], [])


def test_a_session_that_a_killed_invocation_of_this_run_left_is_waited_for(applied: Function) -> None:
    left = open_database(applied.server.url(applied.database)).connect(applied.run)
    assert left.try_run_lock() is None
    with impatient(applied), pytest.raises(AnotherRunActive):
        applied.call("repair", request=REQUEST, work=FRESH)
    left.close()


def test_a_lock_that_is_held_is_left_to_the_workflow_and_the_plan_is_recorded_once(applied: Function) -> None:
    applied.query("ALTER TABLE users DROP phone")
    with applied.server.connect(applied.database) as reader:
        reader.run("BEGIN; SELECT * FROM users")
        work = repair(applied)
        assert (work["status"], work["patch"], work["pending"], work["holder"]) == ("wait", "0001_phone", 3, "")
        again = applied.call("repair", request=REQUEST, work=work)
        assert again["lock_attempts"] > work["lock_attempts"]
    assert applied.audited() == [("repair_planned", None)]
    assert applied.call("repair", request=REQUEST, work=again)["status"] == "done"
    assert [event for event, _ in applied.audited()].count("repair_planned") == 1


def test_what_does_not_fit_the_remaining_time_is_left_for_the_next_invocation(applied: Function) -> None:
    applied.query(NO_CHECK)
    work = applied.call("repair", request=REQUEST, work=FRESH, remaining=30_000)
    assert (work["status"], work["applied"], work["pending"]) == ("continue", 1, 1)
    assert constraint(applied) == [[False]]
    work = applied.call("repair", request=REQUEST, work=work)
    assert (work["status"], work["applied"], work["pending"], constraint(applied)) == ("done", 2, 0, [[True]])
    assert [event for event, _ in applied.audited()].count("repair_planned") == 1


def test_a_refusal_is_an_error_with_every_reason_and_the_look_is_recorded(applied: Function) -> None:
    applied.setenv(REPAIR_LIMIT="1")
    applied.query(NO_CHECK)
    with pytest.raises(RepairRefused, match="limit: 2 patches would be replayed, and the limit is 1"):
        repair(applied)
    assert (constraint(applied), applied.audited()) == ([], [("drift_checked", None)])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_at_the_record_of_its_plan_has_replayed_nothing(applied: Function, moment: str) -> None:
    applied.query(NO_CHECK)
    with (
        applied.with_ports(audit=KilledAt(applied.table.log(), "repair_planned", moment=moment)),
        pytest.raises(Killed),
    ):
        repair(applied)
    assert constraint(applied) == []
    assert repair(applied)["applied"] == 2


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_between_a_replay_and_its_record_leaves_the_plan_as_evidence(
    applied: Function, moment: str
) -> None:
    applied.query(NO_CHECK)
    with (
        applied.with_ports(audit=KilledAt(applied.table.log(), "patch_replayed", moment=moment)),
        pytest.raises(Killed),
    ):
        repair(applied)
    assert constraint(applied) == [[False]]
    assert repair(applied)["status"] == "done"
    assert constraint(applied) == [[True]]
    records = applied.table.of_run(applied.run)
    assert find_break(records) is None
    assert records[0].facts["patches"] == ["0002_check", "0003_valid"]
    assert (records[-1].event, records[-1].facts["missing"]) == ("drift_checked", 0)


def test_while_the_audit_is_down_nothing_is_replayed(applied: Function) -> None:
    applied.query(NO_CHECK)
    applied.setenv(AUDIT_TABLE="no-such-table")
    with pytest.raises(AuditUnavailable):
        repair(applied)
    assert constraint(applied) == []


def test_a_replay_that_fails_is_recorded_with_those_after_it(applied: Function) -> None:
    applied.query(f"{NO_CHECK}; INSERT INTO users (phone) VALUES (''); DROP TABLE notes")
    with pytest.raises(PatchFailed, match=r"0003_valid.sql:2:1: check constraint .* nothing of this replay stays"):
        repair(applied)
    assert applied.audited() == [
        ("repair_planned", None),
        ("patch_replayed", "0002_check"),
        ("patch_failed", "0003_valid"),
        ("patch_not_reached", "0004_notes"),
    ]
    assert "''" not in "".join(record.body for record in applied.table.of_run(applied.run)[1:])


def test_a_replay_that_fails_while_the_audit_is_down_is_still_the_error_that_is_reported(applied: Function) -> None:
    applied.query(f"{NO_CHECK}; ALTER TABLE users ADD CONSTRAINT users_phone CHECK (phone <> '') NOT VALID")
    applied.query("INSERT INTO users SELECT 1; ALTER TABLE users DISABLE TRIGGER ALL")
    applied.query("ALTER TABLE users DROP CONSTRAINT users_phone; INSERT INTO users (phone) VALUES ('')")
    applied.query("ALTER TABLE users ADD CONSTRAINT users_phone CHECK (phone <> '') NOT VALID")

    class DownAfterThePlan:
        def append(self, entries: Sequence[AuditEntry], *, run: Run) -> str:
            del run
            if entries[0].event.value in ("repair_planned", "patch_replayed"):
                return ""
            raise AuditUnavailable("down")

    with applied.with_ports(audit=DownAfterThePlan()), pytest.raises(PatchFailed):
        repair(applied)
    assert [line["error"] for line in applied.lines() if "error" in line] == ["AuditUnavailable", "PatchFailed"]


def test_a_replay_that_cannot_be_recorded_is_none_that_failed(applied: Function) -> None:
    recorded: list[str] = []

    class DownAtTheReplay:
        def append(self, entries: Sequence[AuditEntry], *, run: Run) -> str:
            del run
            recorded.extend(entry.event.value for entry in entries)
            if recorded[-1] == "patch_replayed":
                raise AuditUnavailable("down")
            return ""

    applied.query(NO_CHECK)
    with applied.with_ports(audit=DownAtTheReplay()), pytest.raises(AuditUnavailable):
        repair(applied)
    assert recorded == ["repair_planned", "patch_replayed"]


def test_what_is_still_missing_after_its_replay_is_an_error_and_recorded(applied: Function) -> None:
    applied.query("ALTER TABLE notes DROP COLUMN id")
    with pytest.raises(EffectMissing, match=r"0004_notes.sql: was replayed, and still missing column public.notes.id"):
        repair(applied)
    assert [event for event, _ in applied.audited()] == ["repair_planned", "patch_replayed", "drift_checked"]
    with pytest.raises((EffectMissing, VerificationFailed)):
        applied.call("verify", request=REQUEST)


@pytest.mark.parametrize("mode", ["drift", "repair"])
def test_preflight_takes_the_mode(applied: Function, mode: str) -> None:
    assert applied.call("preflight", input={"mode": mode})["mode"] == mode
