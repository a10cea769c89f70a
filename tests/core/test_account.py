from __future__ import annotations

import dataclasses

import pytest

from rdspatch.core.account import Account, explain, explain_lasting
from rdspatch.core.audit import AuditEntry, AuditEvent
from rdspatch.core.errors import AccessDenied, ConnectionLost, PatchFailed, RdspatchError
from rdspatch.core.outcome import Outcome, Result, lasting
from tests.recorded_runs import Records, applied, asked, failed, run_of
from tests.samples import AT

LEDGER = "; whether it took effect the ledger says, and the next run reads it"


def outcome(name: str, result: Result) -> Outcome:
    return Outcome(patch_id=name, checksum="c0ffee", result=result)


LOST = [
    outcome("0001_a", Result.APPLIED),
    outcome("0002_b", Result.UNKNOWN),
    outcome("0003_c", Result.NOT_REACHED),
    outcome("0004_d", Result.NOT_REACHED),
]


def unknown(patch: str, *later: str, more: int = 0, run_id: str = "a") -> AuditEntry:
    facts: dict[str, object] = {"run_id": run_id, "not_reached": list(later)}
    return AuditEntry(
        event=AuditEvent.PATCH_UNKNOWN,
        at=AT,
        facts=facts | ({"more_not_reached": more} if more else {}),
        patch_id=patch,
    )


def of_run(entry: AuditEntry) -> AuditEntry:
    return dataclasses.replace(entry, facts={**entry.facts, "run_id": "a"})


def account(*entries: AuditEntry) -> str:
    return str(Account.of_records(Records(run_of("a")).whole(asked(), *entries), run_id="a"))


def test_outcomes_are_named_by_what_became_of_them() -> None:
    assert str(Account.of_outcomes(LOST)) == "applied: 0001_a; not known: 0002_b; not reached: 0003_c, 0004_d"
    assert str(Account.of_outcomes([outcome("0001_a", Result.REPLAYED)])) == "replayed: 0001_a"
    assert str(Account.of_outcomes([outcome("0001_a", Result.FAILED)])) == ""


def test_many_names_are_counted() -> None:
    many = [outcome(f"{number:04}_x", Result.APPLIED) for number in range(12)]
    assert str(Account.of_outcomes(many)).endswith("0008_x, 0009_x and 2 more")


def test_records_tell_the_same_over_several_tries_of_a_run() -> None:
    first = (of_run(applied("0001_a")), unknown("0002_b", "0003_c", "0004_d"))
    assert account(*first) == "applied: 0001_a; not known: 0002_b; not reached: 0003_c, 0004_d"
    second = (of_run(applied("0002_b")), unknown("0003_c", "0004_d", more=7))
    assert account(*first, *second) == "applied: 0001_a, 0002_b; not known: 0003_c; not reached: 0004_d and 7 more"
    assert account(*first, *second, of_run(applied("0003_c"))) == "applied: 0001_a, 0002_b, 0003_c"


def test_what_an_earlier_run_did_and_this_one_recorded_is_not_of_this_run() -> None:
    late = dataclasses.replace(applied("0001_a"), facts={"run_id": "earlier", "recorded": "late"})
    assert account(late) == ""


@pytest.mark.parametrize("facts", [{"not_reached": 7}, {"not_reached": None, "more_not_reached": "x"}, {}])
def test_a_forged_record_does_no_harm(facts: dict[str, object]) -> None:
    entry = dataclasses.replace(unknown("0002_b"), facts={"run_id": "a", **facts})
    assert account(entry) == "not known: 0002_b"


def test_a_failure_that_is_tried_again_says_what_is_known() -> None:
    lost = ConnectionLost("gone")
    explain(lost, Account.of_outcomes(LOST), source="Known:")
    assert str(lost) == f"gone. Known: {Account.of_outcomes(LOST)}{LEDGER}"
    lost = ConnectionLost("gone")
    explain(lost, Account.of_outcomes(LOST[:1]), source="Known:")
    assert str(lost) == "gone. Known: applied: 0001_a"
    lost = ConnectionLost("gone")
    explain(lost, Account(), source="Known:")
    assert str(lost) == "gone"


def test_a_failure_of_one_patch_says_so_itself() -> None:
    failure = PatchFailed("no", patch_id="0002_b", sqlstate="42601", line=1)
    explain(failure, Account.of_outcomes([LOST[0], *LOST[2:]]), source="Known:")
    assert str(failure) == "no"


@pytest.mark.parametrize(("failure", "is_said"), [(AccessDenied("no"), True), (ConnectionLost("no"), False)])
def test_in_a_run_of_the_workflow_the_outcomes_say_it_of_a_failure_that_is_final(
    failure: RdspatchError, *, is_said: bool
) -> None:
    explain_lasting(failure, LOST)
    assert ("not known: 0002_b" in str(failure)) is is_said


def test_what_the_next_try_may_change_is_not_lasting() -> None:
    assert [it.patch_id for it in lasting(LOST, ConnectionLost("gone"))] == ["0001_a", "0002_b"]
    assert lasting(LOST, AccessDenied("no")) == tuple(LOST)
    assert lasting(LOST, None) == tuple(LOST)


def test_records_of_a_failed_patch_name_those_that_were_not_reached() -> None:
    not_reached = AuditEntry(event=AuditEvent.PATCH_NOT_REACHED, at=AT, facts={"run_id": "a"}, patch_id="0003_c")
    assert account(of_run(failed("0002_b", "no")), not_reached) == "not reached: 0003_c"
