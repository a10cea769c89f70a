from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.failure import FailureKind, Place, SqlFailed, SqlFailure, describe, locate, place_of
from tests.authoring.patch_factory import HEADER
from tests.samples import locked

PATCH = locked("SELECT 1;\n\n  SELECT 'ä' + 2;\n")


def failure(**changes: Any) -> SqlFailure:
    values = {"kind": FailureKind.SQL, "sqlstate": "42883", "message": "operator does not exist"}
    return SqlFailure(**{**values, **changes})


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("", 0, Place(1, 1)),
        ("abc", 0, Place(1, 1)),
        ("abc", 2, Place(1, 3)),
        ("abc", 99, Place(1, 4)),
        ("abc", -1, Place(1, 1)),
        ("a\nb", 1, Place(1, 2)),
        ("a\nb", 2, Place(2, 1)),
        ("äö\n😀x", 4, Place(2, 2)),
        ("a\n\n\n", 4, Place(4, 1)),
    ],
)
def test_a_place_counts_lines_and_characters_from_one(text: str, offset: int, place: Place) -> None:
    assert locate(text, offset) == place


@given(st.text(alphabet="ab\nä😀"), st.integers(0, 30))
def test_a_place_leads_back_to_its_character(text: str, offset: int) -> None:
    place = locate(text, offset)
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1 == min(offset, len(text))


def test_the_servers_position_is_the_place() -> None:
    position = PATCH.patch.sql.index("+")
    assert place_of(PATCH, failure(position=position, statement=0)) == Place(4, 14)


def test_without_a_position_the_statement_is_the_place() -> None:
    assert place_of(PATCH, failure(statement=1)) == Place(4, 3)


@pytest.mark.parametrize("statement", [None, 2])
def test_without_a_statement_there_is_no_place(statement: int | None) -> None:
    assert place_of(PATCH, failure(statement=statement)) is None


def test_a_failure_is_described_by_file_place_message_and_code() -> None:
    position = len(HEADER)
    assert describe(PATCH, failure(position=position)) == (
        "0001_test.sql:2:1: operator does not exist (SQLSTATE 42883)"
    )
    assert describe(PATCH, failure()) == "0001_test.sql: operator does not exist (SQLSTATE 42883)"


def test_a_failure_that_is_raised_says_code_and_message() -> None:
    assert str(SqlFailed(failure())) == "42883: operator does not exist"
