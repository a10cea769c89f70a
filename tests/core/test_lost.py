"""Which patches are lost, and which patches of the ledger come after one and touch the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import MAX_MESSAGE_CHARACTERS
from rdspatch.core.ledger import Ledger
from rdspatch.core.lost import Lost, lost_from, overtaken_by, patches_lost, rows_after, with_lost
from rdspatch.core.plan import Action, OutOfOrder, make_plan
from rdspatch.core.schema import Effect, ObjectKind, ObjectName
from tests.samples import locked, row_of

if TYPE_CHECKING:
    from rdspatch.core.lockfile import LockedPatch

NAMES = ("0001_a", "0002_b", "0003_c")
FILES = {name: replace(locked(name=name), effects=()) for name in NAMES}
ROWS = {name: row_of(FILES[name]) for name in NAMES}
TABLE = ObjectName(ObjectKind.TABLE, ("public", "t"))
COLUMN = ObjectName(ObjectKind.COLUMN, ("public", "t", "a"))
OTHER_COLUMN = ObjectName(ObjectKind.COLUMN, ("public", "t", "b"))
INDEX = ObjectName(ObjectKind.INDEX, ("public", "t_a"))
ELSEWHERE = ObjectName(ObjectKind.TABLE, ("public", "u"))


def touching(name: str, *objects: ObjectName) -> LockedPatch:
    """A patch that was proven to make these."""
    properties = {INDEX: {"definition": "CREATE INDEX t_a ON public.t USING btree (a)"}}
    made = (Effect(object=it, before=None, after=properties.get(it, {})) for it in objects)
    return replace(FILES[name], effects=tuple(made))


def test_what_the_ledger_has_with_any_text_is_not_lost() -> None:
    ledger = Ledger((row_of(FILES["0001_a"], checksum="another"),))
    audited = Ledger((ROWS["0001_a"], ROWS["0002_b"]))
    assert lost_from(ledger, audited) == (ROWS["0002_b"],)
    assert lost_from(audited, ledger) == ()
    assert lost_from(ledger, Ledger(exists=False)) == ()


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (COLUMN, COLUMN, True),
        (COLUMN, OTHER_COLUMN, False),
        (COLUMN, TABLE, True),
        (TABLE, COLUMN, True),
        (INDEX, TABLE, True),
        (INDEX, COLUMN, False),
        (TABLE, TABLE.privileges, True),
        (TABLE, ELSEWHERE, False),
    ],
)
def test_a_lost_patch_is_overtaken_by_one_that_touches_the_same(
    one: ObjectName, other: ObjectName, *, meet: bool
) -> None:
    files = FILES | {"0001_a": touching("0001_a", one), "0003_c": touching("0003_c", other)}
    later, unknown = overtaken_by(files["0001_a"], Ledger((ROWS["0002_b"], ROWS["0003_c"])), files)
    assert (later, unknown) == (("0003_c",) if meet else (), ())


def test_of_a_later_patch_without_its_file_its_text_or_its_proof_nobody_knows_what_it_touches() -> None:
    rows = [replace(ROWS["0002_b"], checksum="another"), ROWS["0003_c"], replace(ROWS["0003_c"], patch_id="0004_d")]
    files = FILES | {"0003_c": replace(FILES["0003_c"], effects=None)}
    _, unknown = overtaken_by(FILES["0001_a"], Ledger(tuple(rows)), files)
    assert unknown == ("0002_b", "0003_c", "0004_d")


def test_what_comes_before_it_has_no_say() -> None:
    assert overtaken_by(FILES["0003_c"], Ledger((replace(ROWS["0001_a"], checksum="another"),)), FILES) == ((), ())


def test_a_lost_patch_stands_where_it_was_in_the_history() -> None:
    ledger = Ledger((ROWS["0001_a"], ROWS["0003_c"]))
    assert [it.patch.name for it in with_lost(ledger, ["0002_b"], FILES)] == list(NAMES)
    assert rows_after(FILES["0002_b"], ledger) == ("0003_c",)


def test_lost_patches_in_their_order_need_no_leave() -> None:
    lost = Lost(rows=(ROWS["0003_c"],))
    plan = make_plan(
        tuple(FILES.values()),
        Ledger((ROWS["0001_a"], ROWS["0002_b"])),
        out_of_order=OutOfOrder.REFUSED,
        lost=lost,
    )
    (step,) = plan.pending
    assert (step.action, step.locked.patch.name, step.row_before) == (Action.APPLY, "0003_c", ())
    assert step.reason.startswith("lost: the audit has it as applied 2026-01-01 12:30:15 UTC by run run-1")


def test_the_error_names_what_is_lost_and_what_to_do() -> None:
    error = patches_lost(["0002_b", "0003_c"], witness="it had before")
    assert str(error).startswith("2 patches are lost, for the ledger lacks what it had before: 0002_b, 0003_c. ")
    assert "Running again is the recovery" in str(error)
    assert error.patches == ("0002_b", "0003_c")
    many = patches_lost([f"{number:04}_{'x' * 60}" for number in range(500)], witness="it had")
    assert len(many.patches) == 500
    assert len(str(many)) < MAX_MESSAGE_CHARACTERS
    assert "…. The database went back" in str(many)
