"""The server is asked how many statements it saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pg8000.native
import pytest
from hypothesis import given, settings

from rdspatch.authoring.parser import parse_statements
from tests.authoring.scripts import PIECES, SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND_COMPLETE = b"C"
EXAMPLES = 500


@pytest.fixture(autouse=True)
def transaction(connection: pg8000.native.Connection) -> Iterator[None]:
    connection.run("BEGIN")
    yield
    connection.run("ROLLBACK")


def completed(connection: pg8000.native.Connection, text: str) -> int:
    """How many statements the server reports done for one message."""
    count = 0
    handle = connection.message_types[COMMAND_COMPLETE]

    def counting(data: bytes, context: object) -> None:
        nonlocal count
        count += 1
        handle(data, context)

    connection.message_types[COMMAND_COMPLETE] = counting
    connection.execute_simple(text)
    connection.message_types[COMMAND_COMPLETE] = handle
    return count


@pytest.mark.experiment("F36")
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_as_many_statements_as_the_server_completes(connection: pg8000.native.Connection, script: str) -> None:
    assert len(parse_statements(script)) == completed(connection, script)


@pytest.mark.experiment("F36")
def test_the_server_counts_the_same_in_any_script(
    connection: pg8000.native.Connection, trials: Callable[[int], None]
) -> None:
    trials(EXAMPLES)

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(pieces=PIECES)
    def count(pieces: list[tuple[str, str]]) -> None:
        script = ";".join(f"{filler}{statement}" for filler, statement in pieces)
        assert len(parse_statements(script)) == completed(connection, script) == len(pieces)

    count()


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_each_piece_is_one_statement_to_the_server(connection: pg8000.native.Connection, script: str) -> None:
    # The server takes only one statement in a message of the extended protocol.
    for statement in parse_statements(script):
        connection.execute_unnamed(statement.text)


def test_the_server_would_notice_a_piece_with_two_statements(connection: pg8000.native.Connection) -> None:
    with pytest.raises(pg8000.native.DatabaseError, match="multiple commands"):
        connection.execute_unnamed("SELECT 1; SELECT 2")
