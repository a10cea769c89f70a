"""Schemas, their differences, and how objects are named in messages and files."""

from __future__ import annotations

import pytest

from rdspatch.core.schema import Effect, ObjectKind, ObjectName, Schema, effects_between

T = ObjectName(ObjectKind.TABLE, ("public", "t"))
C = ObjectName(ObjectKind.COLUMN, ("public", "t", "c"))
U = ObjectName(ObjectKind.TABLE, ("public", "u"))
TABLE = {"kind": "table"}
COLUMN = {"type": "integer", "nullable": True}


def test_effects_lead_from_one_schema_to_the_other_and_stand_in_order() -> None:
    before = Schema({C: COLUMN, U: TABLE, T: TABLE})
    after = Schema({C: {**COLUMN, "default": "0"}, T: TABLE, ObjectName(ObjectKind.SCHEMA, ("app",)): {}})
    effects = effects_between(before, after)
    assert [str(effect) for effect in effects] == [
        "adds schema app",
        "changes column public.t.c: default none -> 0",
        "drops table public.u",
    ]
    assert before.with_effects(effects) == after
    assert after.with_effects(effects_between(after, before)) == before


def test_equal_schemas_have_no_effects() -> None:
    assert effects_between(Schema({T: TABLE, C: COLUMN}), Schema({C: dict(COLUMN), T: dict(TABLE)})) == ()


def test_an_effect_says_what_it_adds() -> None:
    assert str(Effect(object=C, before=None, after=COLUMN)) == "adds column public.t.c nullable true, type integer"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (ObjectName(ObjectKind.SCHEMA, ("app",)), "schema app"),
        (ObjectName(ObjectKind.COLUMN, ("a.b", 'T "x"', "c")), 'column "a.b"."T ""x""".c'),
        (ObjectName(ObjectKind.FUNCTION, ("app", "f", "")), "function app.f()"),
        (ObjectName(ObjectKind.FUNCTION, ("app", "F", "integer, text[]")), 'function app."F"(integer, text[])'),
        (ObjectName(ObjectKind.INDEX, ("public", "a\nb\u202e日")), 'index public."a\\nb\\u202e日"'),
    ],
)
def test_a_name_is_shown_as_sql_would_write_it_on_one_line(name: ObjectName, shown: str) -> None:
    assert str(name) == shown
    assert ObjectName.from_json(name.to_json()) == name


@pytest.mark.parametrize("document", [["table"], ["tables", "a"], ["table", 1], ["table", "a", None]])
def test_anything_else_is_no_name(document: list[str]) -> None:
    with pytest.raises(ValueError, match=r"no name|not a valid|unpack"):
        ObjectName.from_json(document)
