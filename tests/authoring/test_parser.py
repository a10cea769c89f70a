from __future__ import annotations

import pytest
from hypothesis import given

from rdspatch.authoring.parser import ParsedStatement, SqlSyntaxError, parse_statements
from tests.authoring.scripts import PIECES, SCRIPTS


def error_of(text: str) -> SqlSyntaxError:
    with pytest.raises(SqlSyntaxError) as caught:
        parse_statements(text)
    return caught.value


SPANS = {
    "-- a\n/* b /* c */ */\n\nSELECT 1;": [(4, "SELECT 1")],
    "SELECT 1 ; SELECT 2": [(1, "SELECT 1"), (1, "SELECT 2")],
    "SELECT 1 -- end\n": [(1, "SELECT 1")],
    "SELECT 1 /* end */ -- of it\n;\n-- é\nSELECT 'ü';": [(1, "SELECT 1"), (4, "SELECT 'ü'")],
    ";;\n; SELECT '😀\n';; /* ; */\nSELECT 2": [(2, "SELECT '😀\n'"), (4, "SELECT 2")],
    "SELECT '--' AS \"/*\"": [(1, "SELECT '--' AS \"/*\"")],
    "SELECT 'üüü' --x": [(1, "SELECT 'üüü'")],
    "SELECT\n1\n+ -- one\n1\n;\nSELECT 2": [(1, "SELECT\n1\n+ -- one\n1"), (6, "SELECT 2")],
    "/* é */ (SELECT 1) -- )": [(1, "(SELECT 1)")],
}


@pytest.mark.parametrize("text", SPANS)
def test_a_span_holds_the_statement_from_its_first_token_to_its_last(text: str) -> None:
    assert [(statement.line, statement.text) for statement in parse_statements(text)] == SPANS[text]


def assert_well_placed(text: str, statements: tuple[ParsedStatement, ...]) -> None:
    for statement in statements:
        assert text[statement.start : statement.end] == statement.text
        assert statement.line == text[: statement.start].count("\n") + 1
        assert len(parse_statements(statement.text)) == 1
    starts = [statement.start for statement in statements]
    assert starts == sorted(starts)


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_the_text_between_the_offsets_is_the_statement(text: str) -> None:
    assert_well_placed(text, parse_statements(text))


@given(PIECES)
def test_statements_come_out_as_they_went_in(pieces: list[tuple[str, str]]) -> None:
    text = "".join(f"{filler}{statement};" for filler, statement in pieces)
    statements = parse_statements(text)
    assert [statement.text for statement in statements] == [statement for _, statement in pieces]
    assert_well_placed(text, statements)


ERRORS = {
    "SELEC 1": (0, 'syntax error at or near "SELEC"'),
    "SELECT 'üü😀' FROM FROM": (18, 'syntax error at or near "FROM"'),
    "SELECT 1;\n-- é\nSELECT 'x": (22, 'unterminated quoted string at or near "\'x"'),
    "SELECT 'é' /* x": (11, 'unterminated /* comment at or near "/* x"'),
    "SELECT (1": (9, "syntax error at end of input"),
}


@pytest.mark.parametrize("text", ERRORS)
def test_a_syntax_error_has_the_message_of_the_server_and_a_place_in_characters(text: str) -> None:
    error = error_of(text)
    assert (error.position, error.message) == ERRORS[text]


def test_an_expression_that_is_nested_too_deeply_is_placed_at_its_statement() -> None:
    error = error_of(f"SELECT 1;\nSELECT 'é';\nSELECT {'1 + ' * 300}1")
    assert error.position == len("SELECT 1;\nSELECT 'é';\n")
    assert "nested too deeply" in error.message


def test_an_expression_of_forty_operators_is_not_too_deep() -> None:
    assert len(parse_statements(f"SELECT {'1 + ' * 40}1")) == 1


@pytest.mark.parametrize("opening", ["(", "- ", "NOT ", "ARRAY["])
def test_a_hostile_depth_is_an_error_and_not_a_crash(opening: str) -> None:
    assert error_of(f"SELECT {opening * 50_000}1").message
