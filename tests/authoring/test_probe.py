"""The probe's definition, as the server writes it, is the index's own with other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.statements import classify
from rdspatch.core.patch import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pg8000.native

INDEXES = (
    "idx ON app.t (a)",
    'idx ON app.t (a DESC NULLS LAST, b COLLATE "C" text_pattern_ops)',
    "idx ON app.t USING hash (a)",
    "idx ON app.t USING gin (doc jsonb_path_ops)",
    "idx ON app.t USING brin (at) WITH (pages_per_range = 32)",
    'idx ON app.t (a) INCLUDE (b, "Odd;""col")',
    'idx ON app.t ("Odd;""col")',
    "idx ON app.t (lower(b), (a + 1))",
    "idx ON app.t ((t.a * 2), lower(app.t.b)) WHERE t.b IS NOT NULL AND app.t.a > 1",
    "idx ON app.t ((doc -> 'k' ->> 'é;'))",
    "idx ON app.t ((CASE WHEN a > 0 THEN b ELSE 'x' END))",
    "idx ON app.t (a) WITH (fillfactor = 70, deduplicate_items = off)",
    "idx ON app.t (a) WHERE b LIKE 'x%' OR a IN (1, 2) AND NOT a BETWEEN 3 AND 4",
    "idx ON app.t (kind) WHERE kind = 'new'::app.kind",
    "idx ON app.t ((coalesce(b, '')), (at AT TIME ZONE 'UTC'))",
    "idx ON ONLY app.t (a)",
    "idx ON app.t (a) TABLESPACE pg_default",
    '"i\'d;x" ON app.t ((b || \'--\' || "Odd;""col"))',
    "idx ON app.t (((pair).x), ((t.pair).y))",
    "idx ON app.t (app.twice(a))",
)


SCHEMA = """
CREATE SCHEMA app;
CREATE TYPE app.kind AS ENUM ('new', 'old');
CREATE TYPE app.pair AS (x int, y int);
CREATE FUNCTION app.twice(int) RETURNS int IMMUTABLE RETURN $1 * 2;
CREATE TABLE app.t (a int, b text, "Odd;""col" text, doc jsonb, at timestamptz, kind app.kind, pair app.pair);
CREATE TEMP TABLE rdspatch_probe (LIKE app.t);
"""


@pytest.fixture(autouse=True)
def tables(connection: pg8000.native.Connection) -> Iterator[None]:
    connection.execute_simple(SCHEMA)
    yield
    connection.execute_simple("DROP TABLE pg_temp.rdspatch_probe; DROP SCHEMA app CASCADE")


def definition(connection: pg8000.native.Connection, table: str) -> str:
    """What follows the names in the definition of a table's only index."""
    ((text,),) = connection.run(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = to_regclass(:name)",
        name=table,
    )
    unique, _, rest = text.partition(" USING ")
    return f"{unique.startswith('CREATE UNIQUE')} {rest}"


@pytest.mark.parametrize(
    "index",
    [f"INDEX CONCURRENTLY IF NOT EXISTS {index}" for index in INDEXES]
    + [f"UNIQUE INDEX CONCURRENTLY {index}" for index in INDEXES if " USING " not in index],
)
def test_the_probe_is_defined_like_the_index(connection: pg8000.native.Connection, index: str) -> None:
    sql = f"CREATE {index}"
    probe = classify(parse_statements(sql)[0], Transaction.NONE).probe
    assert probe is not None
    connection.execute_simple(sql)
    connection.execute_unnamed(probe)
    assert definition(connection, "pg_temp.rdspatch_probe") == definition(connection, "app.t")


def test_nulls_not_distinct_stays(connection: pg8000.native.Connection) -> None:
    sql = "CREATE UNIQUE INDEX CONCURRENTLY i ON app.t (a) NULLS NOT DISTINCT"
    probe = classify(parse_statements(sql)[0], Transaction.NONE).probe
    assert probe is not None
    connection.execute_unnamed(probe)
    assert definition(connection, "pg_temp.rdspatch_probe").endswith("NULLS NOT DISTINCT")
