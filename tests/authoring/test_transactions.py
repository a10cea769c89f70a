"""The server is asked which statements it refuses in a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pg8000.native
import pytest

from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.transactions import is_refused_in_transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTIVE_TRANSACTION = "25001"
SCHEMA = """
CREATE TABLE t (a int);
CREATE INDEX i ON t (a);
CREATE SCHEMA s;
CREATE TABLE p (a int) PARTITION BY LIST (a);
CREATE TABLE c PARTITION OF p FOR VALUES IN (1);
CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;
CREATE UNIQUE INDEX v_a ON v (a);
CREATE TYPE e AS ENUM ();
"""
STATEMENTS = (
    "CREATE INDEX CONCURRENTLY j ON t (a)",
    "CREATE INDEX j ON t (a)",
    "DROP INDEX CONCURRENTLY i",
    "DROP INDEX i",
    "REINDEX INDEX CONCURRENTLY i",
    "REINDEX (CONCURRENTLY) TABLE t",
    "REINDEX (CONCURRENTLY off) TABLE t",
    "REINDEX TABLE t",
    "REINDEX INDEX i",
    "REINDEX SCHEMA s",
    "REINDEX SCHEMA CONCURRENTLY s",
    "REINDEX DATABASE",
    "REINDEX SYSTEM",
    "VACUUM",
    "VACUUM t",
    "VACUUM FULL t",
    "VACUUM (ANALYZE) t",
    "ANALYZE",
    "ANALYZE t",
    "CLUSTER",
    "CLUSTER t USING i",
    "ALTER TABLE p DETACH PARTITION c CONCURRENTLY",
    "ALTER TABLE p DETACH PARTITION c",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
    "ALTER TYPE e ADD VALUE 'x'",
    "LOCK TABLE t",
    "TRUNCATE t",
)


@pytest.fixture(autouse=True)
def transaction(connection: pg8000.native.Connection) -> Iterator[None]:
    connection.execute_simple(f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS s; {SCHEMA}")
    connection.run("BEGIN")
    yield
    connection.run("ROLLBACK")


def is_refused_by_server(connection: pg8000.native.Connection, sql: str) -> bool:
    try:
        connection.execute_simple(sql)
    except pg8000.native.DatabaseError as error:
        if error.args[0]["C"] != ACTIVE_TRANSACTION:
            raise
        return True
    return False


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_server_and_the_parse_tree_agree(connection: pg8000.native.Connection, sql: str) -> None:
    (statement,) = parse_statements(sql)
    assert is_refused_in_transaction(statement.node) == is_refused_by_server(connection, sql)
