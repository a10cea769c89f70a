from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest

from rdspatch.core.errors import MAX_MESSAGE_CHARACTERS, PlanRefused
from rdspatch.core.ledger import Ledger
from rdspatch.core.lost import Lost
from rdspatch.core.newer_syntax import NewerSyntax
from rdspatch.core.plan import Action, OutOfOrder, Plan, make_plan, without_misread, without_shadowed
from rdspatch.core.strangers.shadowing import Shadow, ShadowKind
from tests.samples import locked, row_of

ONE, TWO, THREE = (
    locked(name=name, header=f"-- patch: {sentence}\n")
    for name, sentence in (("0001_one", "The first."), ("0002_two", "The second."), ("0003_three", "The third."))
)
ALL = (ONE, TWO, THREE)
NEWER = locked(name="0009_newer")
EDITED = "e" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ledger, by the patches in it, and what is to be done with each of the three patches."""

    name: str
    ledger: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    allowed: OutOfOrder = OutOfOrder.REFUSED
    expected: str
    """One letter a patch: a(pply), s(kip), r(efuse)."""
    without_file: tuple[str, ...] = ()


CASES = (
    Case(name="a database that was never patched", expected="aaa"),
    Case(name="the first is applied", ledger=("0001_one",), expected="saa"),
    Case(name="all are applied", ledger=("0001_one", "0002_two", "0003_three"), expected="sss"),
    Case(name="an applied file was edited", ledger=("0001_one",), edited=("0001_one",), expected="raa"),
    Case(
        name="two applied files were edited",
        ledger=("0001_one", "0002_two"),
        edited=("0001_one", "0002_two"),
        expected="rra",
    ),
    Case(name="one comes before an applied one", ledger=("0002_two",), expected="rsa"),
    Case(name="it is allowed to", ledger=("0002_two",), allowed=OutOfOrder.ALLOWED, expected="asa"),
    Case(name="two come before an applied one", ledger=("0003_three",), expected="rrs"),
    Case(
        name="an edited file stays refused",
        ledger=("0003_three",),
        edited=("0003_three",),
        allowed=OutOfOrder.ALLOWED,
        expected="aar",
    ),
    Case(
        name="a pipeline rolled back",
        ledger=("0001_one", "0002_two", "0003_three", "0009_newer"),
        expected="sss",
        without_file=("0009_newer",),
    ),
    Case(name="a pipeline rolled back too early", ledger=("0009_newer",), expected="rrr", without_file=("0009_newer",)),
    Case(name="a row that no patch can be named like", ledger=("by hand",), expected="aaa", without_file=("by hand",)),
    Case(
        name="the same number under another slug",
        ledger=("0002_two_and_a_half",),
        expected="rra",
        without_file=("0002_two_and_a_half",),
    ),
)


def plan_of(case: Case) -> Plan:
    known = {patch.patch.name: patch for patch in (*ALL, NEWER)}
    rows = tuple(
        row_of(known.get(name, ONE), patch_id=name, **({"checksum": EDITED} if name in case.edited else {}))
        for name in case.ledger
    )
    return make_plan(ALL, Ledger(rows), out_of_order=case.allowed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_plan_decides_about_every_patch_and_says_why(case: Case) -> None:
    plan = plan_of(case)
    letters = {Action.APPLY: "a", Action.SKIP: "s", Action.REFUSE: "r"}
    assert "".join(letters[step.action] for step in plan.steps) == case.expected
    assert tuple(row.patch_id for row in plan.without_file) == case.without_file
    assert all(len(step.reason) > 8 for step in plan.steps)
    assert len(plan.pending) + len(plan.applied) + len(plan.refused) == len(plan.steps)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_plan_with_a_refusal_is_refused_as_a_whole(case: Case) -> None:
    plan = plan_of(case)
    if "r" not in case.expected:
        plan.require_no_refusal()
        return
    with pytest.raises(PlanRefused) as caught:
        plan.require_no_refusal()
    text = str(caught.value)
    assert "nothing was applied" in text
    assert [step.locked.patch.id.file_name in text for step in plan.steps] == [
        letter == "r" for letter in case.expected
    ]


def test_the_reasons_are_what_a_reader_needs_next() -> None:
    ledger = Ledger((row_of(ONE), row_of(TWO, checksum=EDITED)))
    applied, edited, pending = make_plan(ALL, ledger, out_of_order=OutOfOrder.REFUSED).steps
    assert applied.reason == "applied 2026-01-01 12:30:15 UTC by run run-1"
    assert f"the ledger has checksum {EDITED}, the file has {TWO.patch.checksum}" in edited.reason
    assert "restore the file and put the change into a new patch" in edited.reason
    assert pending.reason == "The third."


def test_a_patch_out_of_order_is_told_what_it_comes_before_and_how_to_allow_it() -> None:
    (step, _, _) = make_plan(ALL, Ledger((row_of(TWO),)), out_of_order=OutOfOrder.REFUSED).steps
    assert "it comes before 0002_two, which is applied" in step.reason
    assert "--allow-out-of-order" in step.reason


def test_a_time_is_shown_in_utc_whatever_the_databases_time_zone() -> None:
    berlin = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    (step, _, _) = make_plan(ALL, Ledger((row_of(ONE, applied_at=berlin),)), out_of_order=OutOfOrder.REFUSED).steps
    assert step.reason.startswith("applied 2026-06-30 23:30:00 UTC")


def test_hundreds_of_refusals_still_make_a_short_message() -> None:
    patches = [locked(name=f"{number:05d}_x") for number in range(1, 301)]
    plan = make_plan(patches, Ledger((row_of(ONE, patch_id="99999_last"),)), out_of_order=OutOfOrder.REFUSED)
    with pytest.raises(PlanRefused, match="300 patches refused") as caught:
        plan.require_no_refusal()
    assert len(str(caught.value)) <= MAX_MESSAGE_CHARACTERS


def test_a_pending_patch_that_the_server_reads_otherwise_is_refused_and_an_applied_one_is_not() -> None:
    patches = tuple(locked("SELECT 1_0;\n", name) for name in ("0001_one", "0002_two"))
    ledger = Ledger((row_of(patches[0]),))
    plan = make_plan(patches, ledger, out_of_order=OutOfOrder.REFUSED)
    found = without_misread(plan, 150_018)
    assert [step.action for step in found.steps] == [Action.SKIP, Action.REFUSE]
    reason = found.steps[1].reason
    assert reason.startswith("the server is PostgreSQL 15 and reads it otherwise: line 2: `1_0` is one number from ")
    assert reason.endswith("; write 10")
    assert without_misread(plan, 160_000) == plan


def test_a_patch_of_which_only_the_row_is_written_is_run_by_nobody() -> None:
    name = "0001_one"
    place = NewerSyntax(line=2, since=16, what="it is new", instead="write it otherwise")
    gone = replace(locked("SELECT split_part('a', '@', 1);\n", name=name), newer=(place,))
    lost = Lost(rows=(row_of(gone),), standing={name: (TWO.patch.name,)})
    plan = make_plan((gone, TWO), Ledger((row_of(TWO),)), out_of_order=OutOfOrder.REFUSED, lost=lost)
    assert ([step.locked for step in plan.pending], plan.to_run) == ([gone], ())
    assert without_misread(plan, 150_000) == plan
    shadow = Shadow(
        kind=ShadowKind.FUNCTION,
        schema="public",
        name="split_part",
        description="the function public.split_part(text)",
        owner="app",
        on_path=True,
    )
    assert without_shadowed(plan, (shadow,)) == plan
