"""The decision about a repair: what comes back by which patches, what is refused, what is left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.drift import Drift, drift_between
from rdspatch.core.errors import RepairRefused
from rdspatch.core.ledger import Ledger
from rdspatch.core.lockfile import LockFile
from rdspatch.core.proof import HazardKind
from rdspatch.core.repair import RepairPlan, plan_repair, require_usable, still_broken
from rdspatch.core.schema import ObjectKind, ObjectName
from tests.core.repair_histories import (
    ADDS_C,
    ADDS_D,
    CHECK,
    LEFT,
    NEW,
    OPEN,
    REFUSED,
    REPLAYED,
    SEQUENCE,
    SHORT,
    TABLE,
    TEXT,
    TICKETS,
    VALIDATES,
    VIEW,
    A,
    C,
    D,
    History,
    N,
    adds,
    drops,
    name,
    patch,
)
from tests.samples import locked, row_of

if TYPE_CHECKING:
    from rdspatch.core.schema import Properties


def names(plan: RepairPlan) -> list[str]:
    return [it.patch.name[3] for it in plan.replays]


@pytest.mark.parametrize("case", REPLAYED)
def test_what_is_missing_comes_back_by_the_patches_that_made_it(case: str) -> None:
    history, expected = REPLAYED[case]
    plan = history.plan()
    assert (plan.refusals, "".join(names(plan))) == ((), expected)
    plan.require_no_refusal()


@pytest.mark.experiment("F47")
@pytest.mark.parametrize("case", REFUSED)
def test_a_patch_that_does_more_than_add_is_not_replayed_nor_is_any_other(case: str) -> None:
    history, reason = REFUSED[case]
    plan = history.plan()
    assert plan.replays == ()
    with pytest.raises(RepairRefused) as refused:
        plan.require_no_refusal()
    assert reason in str(refused.value)


def test_a_patch_that_would_also_bring_back_what_is_left_alone_is_not_replayed() -> None:
    renamed = name(ObjectKind.COLUMN, "t", "e")
    history = History(patches=(patch(1, adds(C), adds(VIEW)),), gone=(C, VIEW), instead={renamed: TEXT})
    [problem] = history.plan().refusals
    assert problem.what == (
        "to be replayed because it made or changed view public.v, but it would also bring back column public.t.c: "
        "it looks as if it had been renamed to column public.t.e, with what it holds"
    )


@pytest.mark.experiment("F47")
@pytest.mark.parametrize("case", LEFT)
def test_what_no_replay_may_touch_is_left_alone_with_the_reason(case: str) -> None:
    history, reason = LEFT[case]
    plan = history.plan()
    assert (plan.replays, plan.refusals) == ((), ())
    assert [left.reason for left in plan.leaves] == [reason]
    assert str(plan.leaves[0]) == f"{history.drift().differences[0]}: {reason}"


@pytest.mark.experiment("F47")
@pytest.mark.parametrize(
    ("gone", "instead", "reason"),
    [
        (C, {D: TEXT}, "it looks as if it had been renamed to column public.t.d, with what it holds"),
        (C, {D: SHORT}, ""),
        (C, {name(ObjectKind.COLUMN, "new", "d"): TEXT}, ""),
        (NEW, {TICKETS: TABLE, name(ObjectKind.COLUMN, "tickets", "n"): TEXT}, "renamed to table public.tickets"),
        (NEW, {TICKETS: TABLE, name(ObjectKind.COLUMN, "tickets", "m"): TEXT}, ""),
        (VIEW, {name(ObjectKind.TABLE, "v"): TABLE}, "table public.v is in its place"),
        (VIEW, {name(ObjectKind.VIEW, "w"): TEXT}, ""),
    ],
)
def test_what_was_renamed_with_its_values_or_replaced_is_left_alone(
    gone: ObjectName, instead: dict[ObjectName, Properties], reason: str
) -> None:
    patches = (patch(1, adds(C)), patch(2, adds(NEW, TABLE), adds(N)), patch(3, adds(VIEW)))
    parts = (N,) if gone is NEW else ()
    plan = History(patches=patches, gone=(gone, *parts), instead=instead).plan()
    reasons = [left.reason for left in plan.leaves if left.difference.object == gone]
    assert bool(reasons) is bool(reason)
    assert all(reason in found for found in reasons)


def test_the_limit_counts_patches() -> None:
    history = History(patches=(ADDS_C, ADDS_D), gone=(C, D))
    assert history.plan(limit=2).refusals == ()
    [problem] = history.plan(limit=1).refusals
    assert str(problem).startswith("limit: 2 patches would be replayed, and the limit is 1; look at what happened")


def test_every_reason_is_named_at_once() -> None:
    history = History(patches=(patch(1, adds(C), drops(A)), patch(2, adds(D), hazard=HazardKind.DATA)), gone=(C, D))
    assert [problem.where for problem in history.plan(limit=1).refusals] == ["0001_p.sql", "0002_p.sql:7", "limit"]


def test_rows_that_no_file_stands_for_an_edited_file_and_a_patch_under_way_are_refused_whatever_is_missing() -> None:
    history = History(patches=(ADDS_C, ADDS_D))
    rows = (replace(row_of(ADDS_C), checksum="another"), replace(row_of(ADDS_C), patch_id="0009_newer"))
    ledger = Ledger(rows)
    drift = drift_between(history.lock, ledger, history.live())
    plan = plan_repair(history.lock, ledger, drift, limit=10, begun=(ADDS_D,))
    assert [str(problem) for problem in plan.refusals] == [
        "0001_p.sql: was edited after it was applied; restore the file and put the change into a new patch",
        (
            "0009_newer: is applied and not among the patches here, so that nobody knows what it did; use the artefact "
            "that it was applied from"
        ),
        "0002_p.sql: is applied in part, and what it removed looks as if it were missing; let a run apply it",
    ]


@pytest.mark.parametrize(
    ("lock", "what"),
    [
        (LockFile(), "holds no patch and no baseline"),
        (LockFile(patches=(ADDS_C,)), "does not say what the patches do"),
        (replace(History(patches=(ADDS_C,)).lock, patches=(locked(),)), "does not say what the patches do"),
    ],
)
def test_from_a_lock_file_without_proof_nothing_is_concluded(lock: LockFile, what: str) -> None:
    with pytest.raises(RepairRefused, match=f"patches.lock.json: {what}; use the artefact"):
        require_usable(lock)


def test_a_proven_lock_file_is_usable_also_one_of_a_baseline_alone() -> None:
    lock = History(patches=(ADDS_C,)).lock
    require_usable(lock)
    require_usable(replace(lock, patches=()))


def test_what_comes_back_empty_is_named_with_the_patches_that_filled_it() -> None:
    fills = patch(3, hazard=HazardKind.DATA)
    patches = (ADDS_C, patch(2, adds(NEW, TABLE), adds(N), adds(SEQUENCE), adds(VIEW)), fills)
    assert History(patches=patches, gone=(C, NEW, N, SEQUENCE, VIEW)).plan().without == (
        "table public.new comes back without its rows",
        "sequence public.s comes back without its last number, and counts from its start",
        "column public.t.c comes back without its values; 0003_p wrote some of them and is not replayed",
    )


def test_only_what_is_to_be_healed_with_its_parts_may_be_touched() -> None:
    patches = (patch(1, adds(NEW, TABLE), adds(N), adds(C)),)
    assert History(patches=patches, gone=(NEW, N)).plan().objects == {NEW, N}


def test_what_is_still_missing_counts_once_the_patch_that_made_it_was_replayed() -> None:
    patches = (patch(1, adds(CHECK, OPEN)), patch(2, VALIDATES), patch(3, adds(D)))
    history = History(patches=patches, gone=(CHECK, D))
    plan, after = history.plan(), history.drift()
    assert names(plan) == ["1", "2", "3"]
    assert still_broken(plan, after, ()) == ()
    assert [it.object for it in still_broken(plan, after, plan.replays[:1])] == [CHECK]
    assert [it.object for it in still_broken(plan, after, plan.replays)] == [D, CHECK]
    assert still_broken(plan, Drift(), plan.replays) == ()


def test_what_is_not_valid_yet_counts_once_all_of_its_patches_were_replayed() -> None:
    patches = (patch(1, adds(CHECK, OPEN)), patch(2, VALIDATES))
    plan = History(patches=patches, gone=(CHECK,)).plan()
    after = History(patches=patches, instead={CHECK: OPEN}).drift()
    assert still_broken(plan, after, plan.replays[:1]) == ()
    assert [it.object for it in still_broken(plan, after, plan.replays)] == [CHECK]


def test_what_no_replay_was_for_is_never_still_broken() -> None:
    plan = History(patches=(ADDS_C, ADDS_D), gone=(C,)).plan()
    after = History(patches=(ADDS_C, ADDS_D), gone=(D,), instead={C: SHORT}).drift()
    assert still_broken(plan, after, plan.replays) == ()


def test_a_plan_as_json_has_names_and_sentences() -> None:
    plan = History(patches=(ADDS_C,), gone=(C,), instead={TICKETS: TABLE}).plan()
    assert plan.to_json() == {
        "replays": ["0001_p"],
        "heals": ["missing column public.t.c is not there, expected nullable true, type text (0001_p)"],
        "leaves": ["extra table public.tickets is there (kind table), expected nothing: what is extra is left alone"],
        "without": ["column public.t.c comes back without its values"],
    }
