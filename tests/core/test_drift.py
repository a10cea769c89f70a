"""Drift: what the ledger implies against what is there, one difference an object."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.core.drift import BASELINE, Drift, DriftKind, drift_between
from rdspatch.core.ledger import Ledger
from rdspatch.core.lockfile import LockedBaseline, LockFile
from rdspatch.core.schema import Effect, ObjectKind, ObjectName, Schema
from rdspatch.core.scope import Scope
from tests.samples import locked, row_of

if TYPE_CHECKING:
    from rdspatch.core.schema import Properties

    Objects = dict[ObjectName, Properties]


def name(kind: ObjectKind, *path: str) -> ObjectName:
    return ObjectName(kind, path)


USERS = name(ObjectKind.TABLE, "public", "users")
EMAIL = name(ObjectKind.COLUMN, "public", "users", "email")
PHONE = name(ObjectKind.COLUMN, "public", "users", "phone")
BY_EMAIL = name(ObjectKind.INDEX, "public", "by_email")
IDS = name(ObjectKind.SEQUENCE, "public", "users_id_seq")
ODD = name(ObjectKind.FUNCTION, "public", "users", "integer")
TABLE = {"kind": "table"}
TEXT: dict[str, Any] = {"type": "text", "nullable": True}
REQUIRED = {**TEXT, "nullable": False}
INDEX = {"definition": "CREATE INDEX by_email ON public.users USING btree (email)", "valid": True}
OWNED = {"type": "bigint", "owned_by": "public.users.id"}
BASE: Objects = {USERS: TABLE, EMAIL: TEXT}
ADDS_PHONE = Effect(object=PHONE, before=None, after=TEXT)
DROPS_PHONE = Effect(object=PHONE, before=TEXT, after=None)
REQUIRES_EMAIL = Effect(object=EMAIL, before=TEXT, after=REQUIRED)
ADDS_INDEX = Effect(object=BY_EMAIL, before=None, after=INDEX)

EMAIL_GONE = "missing column public.users.email is not there, expected nullable true, type text"
EMAIL_CHANGED = "changed column public.users.email:"
PHONE_THERE = "extra column public.users.phone is there (nullable true, type text)"


def drift(
    *effects: Effect,
    live: Objects,
    base: Objects | None = None,
    applied: int | None = None,
    newer: tuple[int, ...] = (),
    edited: int | None = None,
    scope: Scope | None = None,
) -> Drift:
    """Patches 1, 2, … have one effect each; `applied` says how many of them, all by default.

    At the places `newer` the ledger has a row without file; the patch `edited` was another one when it was applied.
    """
    patches = tuple(
        replace(locked(name=f"000{number}_p"), effects=(effect,)) for number, effect in enumerate(effects, 1)
    )
    rows = [row_of(patch) for patch in patches[:applied]]
    if edited is not None:
        rows[edited - 1] = replace(rows[edited - 1], checksum="another")
    for place in newer:
        rows.insert(place, replace(row_of(locked()), patch_id=f"newer_{place}"))
    baseline = LockedBaseline(checksum="c", schema=Schema(BASE if base is None else base))
    lock = LockFile(patches=patches, baseline=baseline, server=18, scope=scope or Scope())
    return drift_between(lock, Ledger(tuple(rows), exists=bool(rows)), Schema(live))


def texts(found: Drift) -> list[str]:
    return [str(difference) for difference in found.differences]


@pytest.mark.parametrize(
    ("effects", "live"),
    [
        ((), BASE),
        ((ADDS_PHONE,), {**BASE, PHONE: TEXT}),
        ((ADDS_PHONE, DROPS_PHONE), BASE),
        ((REQUIRES_EMAIL, ADDS_INDEX), {**BASE, EMAIL: REQUIRED, BY_EMAIL: INDEX}),
    ],
)
def test_a_schema_that_baseline_and_patches_lead_to_has_no_drift(effects: tuple[Effect, ...], live: Objects) -> None:
    assert drift(*effects, live=live) == Drift()


@pytest.mark.parametrize(
    ("effects", "live", "expected"),
    [
        ((), {USERS: TABLE}, [f"{EMAIL_GONE} (baseline)"]),
        (
            (ADDS_PHONE,),
            BASE,
            ["missing column public.users.phone is not there, expected nullable true, type text (0001_p)"],
        ),
        (
            (),
            {**BASE, EMAIL: REQUIRED},
            [f"{EMAIL_CHANGED} nullable is false, expected true (baseline)"],
        ),
        (
            (REQUIRES_EMAIL,),
            {**BASE, EMAIL: {**TEXT, "default": "x"}},
            [f"{EMAIL_CHANGED} default is x, expected none (baseline); nullable is true, expected false (0001_p)"],
        ),
        ((), {**BASE, PHONE: TEXT}, [f"{PHONE_THERE}, expected nothing"]),
        (
            (ADDS_PHONE, DROPS_PHONE),
            {**BASE, PHONE: TEXT},
            [f"{PHONE_THERE}, expected dropped (0002_p)"],
        ),
        (
            (ADDS_INDEX,),
            {**BASE, BY_EMAIL: {**INDEX, "valid": False}},
            ["changed index public.by_email: valid is false, expected true (0001_p)"],
        ),
        (
            (),
            {USERS: TABLE, PHONE: TEXT},
            [
                f"{EMAIL_GONE} (baseline)",
                f"{PHONE_THERE}, expected nothing",
            ],
        ),
    ],
)
def test_each_difference_is_a_line_with_what_is_found_what_is_expected_and_the_patch(
    effects: tuple[Effect, ...], live: Objects, expected: list[str]
) -> None:
    assert texts(drift(*effects, live=live)) == expected


def test_of_several_claims_on_an_object_the_newest_broken_one_names_its_patch() -> None:
    broken = drift(REQUIRES_EMAIL, live={**BASE, EMAIL: {"type": "integer", "nullable": True}})
    assert [(it.patch, it.kind) for it in broken.differences] == [("0001_p", DriftKind.CHANGED)]
    assert [it.patch for it in broken.differences[0].details] == ["0001_p", BASELINE]
    kept = drift(REQUIRES_EMAIL, live={**BASE, EMAIL: {"type": "integer", "nullable": False}})
    assert [it.patch for it in kept.differences] == [BASELINE]


def test_parts_of_a_missing_table_are_counted_with_it_and_not_named() -> None:
    base: Objects = {**BASE, IDS: OWNED, ODD: {"definition": "…"}}
    [table, function] = drift(ADDS_PHONE, ADDS_INDEX, live={}, base=base).differences
    assert str(table) == "missing table public.users is not there, expected kind table (baseline), with 4 parts"
    assert table.parts == (BY_EMAIL, EMAIL, PHONE, IDS)
    assert (function.object, function.parts) == (ODD, ())


def test_parts_of_an_extra_table_are_counted_with_it_and_not_named() -> None:
    [table] = drift(live={**BASE, BY_EMAIL: INDEX, IDS: OWNED}, base={}).differences
    assert str(table) == "extra table public.users is there (kind table), expected nothing, with 3 parts"


def test_a_table_in_the_place_of_another_kind_is_missing_and_the_other_extra() -> None:
    view = name(ObjectKind.VIEW, "public", "users")
    assert texts(drift(live={view: {"definition": "SELECT 1"}})) == [
        "missing table public.users is not there but a view of that name, expected kind table (baseline), with 1 part",
        "extra view public.users is there (definition SELECT 1), expected nothing",
    ]


def test_pending_patches_are_named_and_what_they_do_is_not_missing() -> None:
    found = drift(ADDS_PHONE, REQUIRES_EMAIL, live={**BASE, PHONE: TEXT}, applied=1)
    assert found == Drift(pending=("0002_p",))


def test_a_database_that_was_never_patched_is_compared_with_the_baseline() -> None:
    found = drift(ADDS_PHONE, live={USERS: TABLE}, applied=0)
    assert (found.pending, [it.object for it in found.differences]) == (("0001_p",), [EMAIL])


def test_after_a_row_without_file_only_what_later_patches_say_is_expected() -> None:
    found = drift(REQUIRES_EMAIL, ADDS_INDEX, live={PHONE: TEXT}, newer=(1,))
    assert found.unknown == ("newer_1",)
    assert [(it.kind, it.object) for it in found.differences] == [(DriftKind.MISSING, BY_EMAIL)]


def test_after_a_row_without_file_what_a_later_patch_dropped_is_still_not_to_be_there() -> None:
    found = drift(ADDS_PHONE, DROPS_PHONE, live={**BASE, PHONE: TEXT}, newer=(1,))
    assert [(it.kind, it.object, it.patch) for it in found.differences] == [(DriftKind.EXTRA, PHONE, "0002_p")]


def test_a_patch_that_was_edited_after_it_was_applied_does_not_stand_for_its_row() -> None:
    found = drift(ADDS_PHONE, live=BASE, edited=1)
    assert (found.unknown, found.differences, found.is_judged) == (("0001_p",), (), False)
    assert [(it.kind, it.object) for it in found.unjudged] == [(DriftKind.MISSING, PHONE)]


def test_what_would_be_a_difference_but_for_a_row_without_file_is_named_as_not_judged() -> None:
    found = drift(ADDS_INDEX, live={USERS: TABLE, PHONE: TEXT}, newer=(1,))
    assert found.differences == ()
    assert [(it.kind, it.object, it.patch) for it in found.unjudged] == [
        (DriftKind.MISSING, BY_EMAIL, "0001_p"),
        (DriftKind.MISSING, EMAIL, BASELINE),
        (DriftKind.EXTRA, PHONE, ""),
    ]


def test_what_is_judged_is_not_named_twice() -> None:
    found = drift(ADDS_PHONE, DROPS_PHONE, live={**BASE, PHONE: TEXT}, newer=(1,))
    assert [it.object for it in found.differences] == [PHONE]
    assert found.unjudged == ()


def test_a_schema_that_is_as_expected_is_not_judged_either_beside_a_row_without_file() -> None:
    found = drift(live=BASE, newer=(0,))
    assert (found.differences, found.unjudged, found.is_judged) == ((), (), False)
    assert "1 patch of the ledger has no file here" in found.why_unjudged
    assert drift(live=BASE).why_unjudged == ""


@pytest.mark.parametrize(
    ("scope", "objects"),
    [
        (Scope(), [USERS]),
        (Scope(schemas=("public",)), [USERS]),
        (Scope(schemas=("app",)), []),
        (Scope(ignore=("public.users",)), []),
        (Scope(ignore=("public.by_*",)), [USERS]),
        (Scope(ignore=("public.users.*",)), [USERS]),
    ],
)
def test_only_what_the_scope_covers_is_looked_at(scope: Scope, objects: list[ObjectName]) -> None:
    full: Objects = {**BASE, BY_EMAIL: INDEX, IDS: OWNED}
    assert [it.object for it in drift(live={}, base=full, scope=scope).differences] == objects
    assert [it.object for it in drift(live=full, base={}, scope=scope).differences] == objects


def test_differences_as_json_have_names_and_values_as_they_are() -> None:
    odd = name(ObjectKind.COLUMN, "public", "users", 'a"b\n')
    long = "x" * 200
    found = drift(live={**BASE, odd: {"type": "text", "default": long}}, base={**BASE, odd: {"type": "text"}})
    assert found.to_json() == {
        "missing": 0,
        "changed": 1,
        "extra": 0,
        "unknown": [],
        "unjudged": [],
        "pending": [],
        "differences": [
            {
                "kind": "changed",
                "object": ["column", "public", "users", 'a"b\n'],
                "patch": "baseline",
                "details": [{"property": "default", "expected": None, "found": long, "patch": "baseline"}],
                "parts": [],
            }
        ],
    }
    [text] = texts(found)
    assert text.isprintable()
    assert len(text) < 200


def test_drift_counts_each_kind() -> None:
    found = drift(ADDS_PHONE, live={USERS: {**TABLE, "unlogged": True}, BY_EMAIL: INDEX})
    assert found.counts == {"missing": 2, "changed": 1, "extra": 1}
    assert [it.object for it in found.of(DriftKind.MISSING)] == [EMAIL, PHONE]


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (DROPS_PHONE, [f"{PHONE_THERE}, expected dropped (0001_p)"]),
        (
            Effect(object=PHONE, before=TEXT, after=REQUIRED),
            ["changed column public.users.phone: nullable is true, expected false (0001_p)"],
        ),
    ],
    ids=["dropped", "changed"],
)
def test_what_is_again_as_the_baseline_had_it_is_judged_by_the_patch_that_came_after(
    effect: Effect, expected: list[str]
) -> None:
    base: Objects = {**BASE, PHONE: TEXT}
    assert texts(drift(effect, base=base, live=base)) == expected


def test_what_a_pending_patch_would_change_is_still_compared_with_the_baseline() -> None:
    base: Objects = {**BASE, PHONE: TEXT}
    assert drift(DROPS_PHONE, base=base, live=base, applied=0).differences == ()
    assert [it.object for it in drift(DROPS_PHONE, base=base, live=BASE, applied=0).differences] == [PHONE]
