from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.parser import SqlSyntaxError, parse_statements
from rdspatch.authoring.syntax import syntax_problem

if TYPE_CHECKING:
    from rdspatch.core.errors import Problem


def problem_of(text: str) -> Problem:
    with pytest.raises(SqlSyntaxError) as caught:
        parse_statements(text)
    return syntax_problem("0001_a.sql", text, caught.value)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("SELEC 1", "0001_a.sql:1:1"),
        ("SELECT 1;\n  SELEC 2", "0001_a.sql:2:3"),
        ("-- é\nSELECT 'éé' FROM FROM", "0001_a.sql:2:18"),
        ("SELECT (\n", "0001_a.sql:2:1"),
    ],
)
def test_a_syntax_error_is_placed_by_line_and_column(text: str, where: str) -> None:
    problem = problem_of(text)
    assert problem.where == where
    assert problem.what.startswith("syntax error at")


@pytest.mark.parametrize(
    "command",
    ["\\connect other", "\\i other.sql", "\\set x 1", "  \\echo 'hi", "SELECT 1 \\gexec", "\\if true"],
)
def test_a_command_for_psql_is_called_that(command: str) -> None:
    problem = problem_of(f"SELECT 1;\n{command}\nSELECT 2;\n")
    assert problem.where == "0001_a.sql:2"
    assert "psql" in problem.what


def test_a_backslash_in_a_string_is_no_command() -> None:
    assert len(parse_statements("SELECT '\n\\connect x\n'; SELECT $$\n\\d\n$$")) == 2


@pytest.mark.parametrize("data", ["1\tüber\n2\tx", "", "a;b"])
def test_the_data_of_a_copy_is_blamed_on_the_copy(data: str) -> None:
    copy = "SELECT 1;\n\nCOPY t (a, b)\n FROM stdin;\n{}\n\\.\nSELECT 1;\n"
    problem = problem_of(copy.format(data))
    assert problem.where == "0001_a.sql:3"
    assert "COPY from STDIN" in problem.what


def test_an_error_before_a_copy_is_not_blamed_on_it() -> None:
    assert problem_of("SELEC 1;\nCOPY t FROM stdin;\n1\n\\.\n").where == "0001_a.sql:1:1"
