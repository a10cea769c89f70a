"""What must hold now: the newest effect on each property counts, and what is not as expected is said in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from rdspatch.core.expectation import compare, expected_now
from rdspatch.core.schema import Effect, ObjectKind, ObjectName, Schema

TABLE = ObjectName(ObjectKind.TABLE, ("public", "t"))
COLUMN = ObjectName(ObjectKind.COLUMN, ("public", "t", "c"))
VIEW = ObjectName(ObjectKind.VIEW, ("public", "t"))
INT: dict[str, Any] = {"type": "integer", "nullable": True}
BIGINT = {**INT, "type": "bigint"}
MADE = Effect(object=COLUMN, before=None, after=INT)
WIDENED = Effect(object=COLUMN, before=INT, after=BIGINT)
REQUIRED = Effect(object=COLUMN, before=INT, after={**INT, "nullable": False})
DEFAULTED = Effect(object=COLUMN, before=INT, after={**INT, "default": "0"})
PLAIN = Effect(object=COLUMN, before={**INT, "default": "0"}, after=INT)
DROPPED = Effect(object=COLUMN, before=INT, after=None)


def sentences(*history: Effect | None, live: dict[ObjectName, Any]) -> list[str]:
    """The patches are called 1, 2, …; each has one effect, or None when nobody knows its effects."""
    applied = [(str(number), None if effect is None else (effect,)) for number, effect in enumerate(history, 1)]
    return [f"{found} ({found.patch})" for found in compare(expected_now(applied), Schema(live))]


@pytest.mark.parametrize(
    ("history", "live"),
    [
        ((MADE,), {COLUMN: INT}),
        ((MADE, WIDENED), {COLUMN: BIGINT}),
        ((MADE, DEFAULTED, PLAIN), {COLUMN: INT}),
        ((MADE, DROPPED), {}),
        ((MADE, DROPPED, MADE), {COLUMN: INT}),
        ((DROPPED,), {}),
        ((), {COLUMN: INT}),
        ((DROPPED, WIDENED), {COLUMN: {**BIGINT, "nullable": False}}),
        # Out of order: each was proven on its own, both hold together.
        ((MADE, WIDENED, REQUIRED), {COLUMN: {"type": "bigint", "nullable": False}}),
        # There before the patches: only what a patch changed is expected.
        ((WIDENED,), {COLUMN: {**BIGINT, "nullable": False, "default": "1"}}),
        # What nobody knows may have changed anything before it, and nothing after it.
        ((MADE, None), {}),
        ((MADE, None, WIDENED), {COLUMN: {**BIGINT, "nullable": False}}),
        ((MADE,), {COLUMN: INT, VIEW: {"definition": "SELECT 1"}}),
    ],
)
def test_what_the_newest_effects_say_holds(history: tuple[Effect | None, ...], live: dict[ObjectName, Any]) -> None:
    assert sentences(*history, live=live) == []


@pytest.mark.parametrize(
    ("history", "live", "expected"),
    [
        ((MADE,), {}, ["column public.t.c is not there, expected nullable true, type integer (1)"]),
        ((MADE,), {COLUMN: BIGINT}, ["column public.t.c: type is bigint, expected integer (1)"]),
        ((MADE,), {COLUMN: {**INT, "default": "0"}}, ["column public.t.c: default is 0, expected none (1)"]),
        ((MADE, WIDENED), {COLUMN: {**BIGINT, "default": "0"}}, ["column public.t.c: default is 0, expected none (1)"]),
        ((MADE, DEFAULTED), {COLUMN: INT}, ["column public.t.c: default is none, expected 0 (2)"]),
        ((MADE, PLAIN), {COLUMN: {**INT, "default": "0"}}, ["column public.t.c: default is 0, expected none (2)"]),
        ((MADE, DROPPED), {COLUMN: INT}, ["column public.t.c is there, expected dropped (2)"]),
        ((WIDENED,), {COLUMN: INT}, ["column public.t.c: type is integer, expected bigint (1)"]),
        ((WIDENED,), {}, ["column public.t.c is not there, expected type bigint (1)"]),
        ((None, MADE), {}, ["column public.t.c is not there, expected nullable true, type integer (2)"]),
        (
            (MADE, WIDENED, REQUIRED),
            {COLUMN: INT},
            [
                "column public.t.c: nullable is true, expected false (3)",
                "column public.t.c: type is integer, expected bigint (2)",
            ],
        ),
    ],
)
def test_what_does_not_hold_is_said_with_the_patch_that_says_so(
    history: tuple[Effect | None, ...], live: dict[ObjectName, Any], expected: list[str]
) -> None:
    assert sentences(*history, live=live) == expected


def test_a_table_that_is_missing_is_named_without_its_parts() -> None:
    table = Effect(object=TABLE, before=None, after={"kind": "table"})
    found = sentences(MADE, table, live={VIEW: {"definition": "SELECT 1"}})
    assert found == ["table public.t is not there but a view of that name, expected kind table (2)"]


def test_an_index_of_a_missing_table_is_not_named_and_a_function_of_its_name_is() -> None:
    index = ObjectName(ObjectKind.INDEX, ("public", "a"))
    function = ObjectName(ObjectKind.FUNCTION, ("public", "t", "integer"))
    history = (
        Effect(object=TABLE, before=None, after={"kind": "table"}),
        Effect(object=index, before=None, after={"definition": "CREATE INDEX a ON public.t USING btree (c)"}),
        Effect(object=function, before=None, after={"definition": "…"}),
    )
    assert sentences(*history, live={}) == [
        "table public.t is not there, expected kind table (1)",
        "function public.t(integer) is not there, expected definition … (3)",
    ]


def test_a_difference_in_white_space_alone_is_shown() -> None:
    made = Effect(object=COLUMN, before=None, after={"default": "'a b'::text"})
    [sentence] = sentences(made, live={COLUMN: {"default": "'a\n b'::text"}})
    assert sentence == "column public.t.c: default is 'a\\n b'::text, expected 'a b'::text (1)"


def test_long_texts_are_cut_to_where_they_differ_and_stay_on_one_line() -> None:
    function = ObjectName(ObjectKind.FUNCTION, ("public", "f", "integer, text"))
    body = "BEGIN\n" + "  -- as it was\n" * 20
    made = Effect(object=function, before=None, after={"definition": f"{body}  RETURN 1;\nEND"})
    [sentence] = sentences(made, live={function: {"definition": f"{body}  RETURN 2;\x07\nEND"}})
    assert sentence == (
        "function public.f(integer, text): definition is …-- as it was RETURN 2;\\x07 END, "
        "expected …-- as it was RETURN 1; END (1)"
    )
