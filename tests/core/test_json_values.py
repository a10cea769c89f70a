from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.json_values import MAX_SHOWN_CHARACTERS, kind, shown


def nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "words", "what"),
    [
        (None, "null", "null"),
        (True, "true", "true"),
        (0, "0", "a number"),
        (2.5, "2.5", "a number"),
        ("a", "'a'", "a text"),
        ([], "[]", "a list"),
        ({"a": 1}, "{'a': 1}", "an object"),
        ("\ud800\x1b[2J", "'\\ud800\\x1b[2J'", "a text"),
    ],
)
def test_a_value_is_named_in_the_words_of_json(value: object, words: str, what: str) -> None:
    assert shown(value) == words
    assert kind(value) == what


@pytest.mark.parametrize("value", ["x" * 300_000, nested(100_000), list(range(50_000)), {"k" * 300: "v" * 300}])
def test_a_value_of_any_size_and_depth_is_short_when_it_is_shown(value: object) -> None:
    assert len(shown(value)) <= MAX_SHOWN_CHARACTERS


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_whatever_is_shown_can_be_written_to_a_log(value: object) -> None:
    shown(value).encode("utf-8")
