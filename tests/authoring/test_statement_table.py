"""`docs/statements.md`: a row for every class of statement, and none that says too little."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.parser import parse_statements
from tests.authoring.statement_examples import EXAMPLES, NEVER_ALONE
from tests.authoring.statement_table import classes, page

if TYPE_CHECKING:
    from rdspatch.authoring.proof.scratch import ScratchServer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "statements.md"
TAKES = re.compile(
    r"\bDROP\b|REVOKE|RENAME|OWNER TO|DISABLE|SET NOT NULL|DETACH|NO INHERIT|UNLOGGED|SET SCHEMA|TRUNCATE|DELETE FROM"
    r"|ROW LEVEL SECURITY|INSTEAD|RESTRICTIVE|NO DATA|IDENTITY NOTHING|TYPE smallint|setval|RESTART"
)
"""How a person would recognise that something is taken away, apart from the code that decides it."""


def test_every_class_of_the_parser_has_an_example_or_a_reason() -> None:
    assert sorted(classes()) == sorted([*EXAMPLES, *NEVER_ALONE])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_of_its_class(name: str) -> None:
    for sql in EXAMPLES[name]:
        assert [type(statement.node).__name__ for statement in parse_statements(sql)] == [name]


def test_no_row_says_of_something_that_takes_away_that_it_does_not() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if re.match(r"\| \w+Stmt ", line)]
    assert len(rows) == sum(map(len, EXAMPLES.values()))
    taking = [row for row in rows if TAKES.search(row[1]) and "ALTER EXTENSION" not in row[1]]
    assert len(taking) > 50
    assert [row[1] for row in taking if row[4].startswith("none")] == []


@pytest.mark.slow
def test_the_page_says_what_the_code_does(scratch: ScratchServer) -> None:
    """When it is stale: python -m tests.authoring.statement_table docs/statements.md."""
    assert PAGE.read_text() == page(scratch)
