"""The small decisions: constants, places of enum values, file names and sentences, withheld things."""

from __future__ import annotations

import pytest

from rdspatch.authoring.closing.draft import Draft
from rdspatch.authoring.closing.enums import add_values
from rdspatch.authoring.closing.expressions import is_constant, is_evaluated_once
from rdspatch.authoring.closing.files import patch_files
from rdspatch.authoring.ddl.names import dollar_quoted, qualified, quoted, read_name
from rdspatch.core.header import parse_header


@pytest.mark.parametrize(
    "expression",
    [
        "0",
        "'-1'::integer",
        "true",
        "'private'::text",
        "'{}'::jsonb",
        "'2026-01-02 00:00:00+00'::timestamp with time zone",
        "ARRAY['a'::text, 'b'::text]",
        "NULL::character varying",
        "'it''s'::public.\"odd Type\"",
        "(1 + 1)",
        "('a'::text || 'b'::text)",
        "lower('ABC'::text)",
    ],
)
def test_a_constant_is_the_same_for_every_row(expression: str) -> None:
    assert is_constant(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "now()",
        "CURRENT_TIMESTAMP",
        "gen_random_uuid()",
        "nextval('s'::regclass)",
        "('now'::text)::date",
        "ARRAY[now()]",
        "CURRENT_USER",
        "ours()",
    ],
)
def test_what_depends_on_the_moment_is_none(expression: str) -> None:
    assert not is_constant(expression)


@pytest.mark.parametrize("expression", ["now()", "CURRENT_DATE", "'x'::text", "(now() AT TIME ZONE 'utc'::text)"])
def test_a_stable_default_is_evaluated_once(expression: str) -> None:
    assert is_evaluated_once(expression)


@pytest.mark.parametrize("expression", ["gen_random_uuid()", "nextval('s'::regclass)", "random()", "ours()"])
def test_a_volatile_or_unknown_one_is_not(expression: str) -> None:
    assert not is_evaluated_once(expression)


@pytest.mark.parametrize(
    ("found", "wanted", "added"),
    [
        ("b", "ab", ["'a' BEFORE 'b'"]),
        ("a", "ab", ["'b'"]),
        ("ax", "ab", ["'b' BEFORE 'x'"]),
        ("ac", "abbc"[:2] + "c", ["'b' BEFORE 'c'"]),
        ("", "ab", ["'a'", "'b'"]),
        ("ad", "abcd", ["'b' BEFORE 'd'", "'c' BEFORE 'd'"]),
        ("ab", "ab", []),
        ("ba", "ab", None),
    ],
)
def test_enum_values_go_where_the_models_have_them(found: str, wanted: str, added: list[str] | None) -> None:
    statements = add_values(("public", "mood"), tuple(found), tuple(wanted))
    start = "ALTER TYPE public.mood ADD VALUE IF NOT EXISTS "
    assert statements == (None if added is None else tuple(start + text for text in added))


def named(*drafts: Draft, sentence: str = "Let users have names.") -> dict[str, str]:
    return patch_files(
        drafts, slug="names", sentence=sentence, name_of=lambda number, slug: f"{number + 7:04}_{slug}.sql"
    )


def test_a_single_patch_has_the_name_and_the_sentence_that_it_was_given() -> None:
    assert named(Draft(about="table public.users", slug="users", statements=("SELECT 1", "SELECT 2"))) == {
        "0007_names.sql": "-- patch: Let users have names.\n-- lock-timeout: 100ms\n\nSELECT 1;\n\nSELECT 2;\n"
    }


def test_several_say_what_each_is_about() -> None:
    drafts = [Draft(about=f"table {name}", slug=name, statements=("SELECT 1",)) for name in ("Ünits", "日本")]
    files = named(*drafts)
    assert list(files) == ["0007_names_nits.sql", "0008_names.sql"]
    assert files["0008_names.sql"].startswith("-- patch: Let users have names: table 日本.\n")


def test_names_and_sentences_stay_within_their_limits() -> None:
    long = Draft(about="x" * 300, slug="y" * 300, statements=("SELECT 1",))
    some = Draft(about="a table", slug="b", statements=("SELECT 1",))
    for name, text in named(long, some, sentence=f"{'z' * 195}.").items():
        assert len(name) <= len("0007_.sql") + 80
        assert parse_header(name, text)[1] == ()


@pytest.mark.parametrize("name", ["users", "_a1", "name", "value"])
def test_plain_names_are_written_plain(name: str) -> None:
    assert quoted(name) == name


@pytest.mark.parametrize("name", ["user", "order", "values", "left", "Users", "1a", "a b", "a$b", "größe", "a.b", ""])
def test_every_other_name_is_quoted(name: str) -> None:
    assert quoted(name) == f'"{name}"'


@pytest.mark.parametrize("path", [("public", "users"), ('a"b', "c.d", "E f"), ("x",)])
def test_a_name_that_is_read_is_the_name_that_was_written(path: tuple[str, ...]) -> None:
    assert read_name(f"{qualified(path)} FOR VALUES IN (1)") == (path, "FOR VALUES IN (1)")


def test_no_name_is_no_name() -> None:
    with pytest.raises(ValueError, match="no name at the start of ', a'"):
        read_name(", a")


def test_a_body_with_dollars_gets_a_tag_of_its_own() -> None:
    assert dollar_quoted(" a ") == "$$ a $$"
    assert dollar_quoted(" $$ $rdspatch0$ ") == "$rdspatch1$ $$ $rdspatch0$ $rdspatch1$"
