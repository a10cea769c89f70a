"""Names and texts go through the real server and come back as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rdspatch.adapters.postgres.quoting import identifier, literal, relation
from rdspatch.core.statement import RelationName

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pg8000.native

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

HOSTILE = [
    '"',
    "'",
    '"; DROP TABLE t; --',
    "';--",
    "\\",
    "\\'",
    "%",
    "%%",
    "%s",
    ":x",
    "$1",
    "$$",
    "user",
    "ÄÖ",
    "😀",
    "A b",
    "\n",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def connection(postgres_server: EmbeddedPostgres) -> Iterator[pg8000.native.Connection]:
    with postgres_server.connect() as opened:
        yield opened


def assert_is_itself(connection: pg8000.native.Connection, text: str) -> None:
    # As one simple-query message, as the session sends it: no parameters.
    answer = connection.execute_simple(f"SELECT {literal(text)} AS {identifier(text)}")
    assert answer.rows == [[text]]
    assert answer.columns[0]["name"] == text


@pytest.mark.experiment("F31")
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_a_name_and_a_constant(connection: pg8000.native.Connection, text: str) -> None:
    assert_is_itself(connection, text)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TEXTS)
def test_any_text_stays_a_name_and_a_constant(connection: pg8000.native.Connection, text: str) -> None:
    assert_is_itself(connection, text)


def test_a_relation_is_qualified_as_the_patch_qualified_it() -> None:
    assert relation(RelationName(schema=None, name="users")) == '"users"'
    assert relation(RelationName(schema="app", name='a"b.c')) == '"app"."a""b.c"'
