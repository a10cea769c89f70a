"""The table of functions is what the servers say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.volatility import TABLE, Volatility, builtin_functions
from rdspatch.authoring.volatility_table import FUNCTIONS, judged, read_servers, table_of

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres


def test_the_table_knows_every_function_of_the_embedded_server(postgres_server: EmbeddedPostgres) -> None:
    with postgres_server.connect() as connection:
        found = judged((name, level) for name, level in connection.run(FUNCTIONS))
    known = builtin_functions()
    assert found.keys() <= known.keys(), "run `python -m rdspatch.authoring.volatility_table`"
    assert {name for name, it in found.items() if it is Volatility.VOLATILE} == {
        name for name in found if known[name] is Volatility.VOLATILE
    }


@pytest.mark.slow
def test_the_table_is_what_all_supported_servers_say_together() -> None:
    expected = table_of(read_servers())
    assert TABLE.read_text(encoding="utf-8") == expected, "run `python -m rdspatch.authoring.volatility_table`"


@pytest.mark.parametrize(
    ("levels", "expected"),
    [("i", Volatility.IMMUTABLE), ("is", Volatility.STABLE), ("v", Volatility.VOLATILE), ("ivv", Volatility.IMMUTABLE)],
)
def test_a_name_is_volatile_when_all_its_functions_are(levels: str, expected: Volatility) -> None:
    assert judged([("f", level) for level in levels]) == {"f": expected}
