from __future__ import annotations

from typing import Any

import pytest

from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.statements import classify
from rdspatch.core.patch import Transaction
from rdspatch.core.statement import Statement, StatementKind


def statement_of(sql: str, transaction: Transaction = Transaction.NONE) -> Statement:
    (parsed,) = parse_statements(sql)
    return classify(parsed, transaction)


def relations(sql: str) -> list[str]:
    return [str(relation) for relation in statement_of(sql).relations]


RELATIONS = {
    "SELECT * FROM a JOIN s.b ON true, c LEFT JOIN (SELECT FROM d) x ON true": ["a", "s.b", "c", "d"],
    "INSERT INTO a SELECT * FROM b": ["a", "b"],
    "UPDATE a SET x = 1 FROM b WHERE EXISTS (SELECT FROM c)": ["a", "c", "b"],
    "DELETE FROM a USING b": ["a", "b"],
    "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE": ["a", "b"],
    "SELECT FROM a x FOR UPDATE OF x": ["a"],
    "SELECT FROM a, a b, s.a": ["a", "s.a"],
    'SELECT FROM "A.b"."c""d", "É"': ['A.b.c"d', "É"],
    "WITH a AS (SELECT FROM b) SELECT FROM a": ["b"],
    "WITH a AS (SELECT FROM a) SELECT FROM a, s.a": ["a", "s.a"],
    "WITH RECURSIVE a AS (SELECT 1 UNION SELECT 1 FROM a) SELECT FROM a": [],
    "WITH a AS (SELECT FROM b), b AS (SELECT FROM a) SELECT FROM b": ["b"],
    "WITH a AS (SELECT 1) INSERT INTO a SELECT FROM a": ["a"],
    "WITH a AS (SELECT 1) SELECT (SELECT FROM (WITH b AS (SELECT FROM a) SELECT FROM b) x) FROM b": ["b"],
    "WITH a AS (SELECT 1) SELECT FROM a UNION SELECT FROM a, c": ["c"],
    "WITH a AS (DELETE FROM b RETURNING 1) SELECT FROM a": ["b"],
    "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES s.b (y)": ["a", "s.b"],
    "ALTER TABLE a ADD COLUMN b_id int REFERENCES b": ["a", "b"],
    "ALTER TABLE a ATTACH PARTITION b FOR VALUES IN (1)": ["a", "b"],
    "ALTER TABLE a INHERIT b": ["a", "b"],
    "ALTER TABLE a RENAME COLUMN x TO y": ["a"],
    "CREATE TABLE a (x int REFERENCES b, LIKE c) INHERITS (d)": ["a", "b", "c", "d"],
    "CREATE TABLE a PARTITION OF b DEFAULT": ["a", "b"],
    "CREATE VIEW a AS SELECT FROM b": ["a", "b"],
    "CREATE INDEX i ON s.a (x)": ["s.a"],
    "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a FROM b FOR EACH ROW EXECUTE FUNCTION f()": ["a", "b"],
    "CREATE TYPE a AS (x int)": [],
    "DROP TABLE a, s.b": ["a", "s.b"],
    "DROP INDEX s.a": ["s.a"],
    "DROP VIEW d.s.a": ["s.a"],
    "DROP TRIGGER t ON s.a": ["s.a"],
    "DROP POLICY t ON a": ["a"],
    "DROP FUNCTION a, b(int)": [],
    "DROP TYPE a": [],
    "DROP SCHEMA a": [],
    "COMMENT ON TABLE s.a IS ''": ["s.a"],
    "COMMENT ON COLUMN s.a.b IS ''": ["s.a"],
    "COMMENT ON CONSTRAINT c ON a IS ''": ["a"],
    "COMMENT ON SCHEMA a IS ''": [],
    "GRANT SELECT ON a, s.b TO PUBLIC": ["a", "s.b"],
    "LOCK TABLE a, b": ["a", "b"],
    "TRUNCATE a, s.b": ["a", "s.b"],
    "REFRESH MATERIALIZED VIEW a": ["a"],
    "VACUUM a, b (x)": ["a", "b"],
    "SELECT FROM pg_constraint, pg_catalog.pg_class, information_schema.tables, a": ["a"],
    "DO $$ BEGIN IF EXISTS (SELECT FROM b) THEN ALTER TABLE s.a ADD x int; END IF; PERFORM 1 FROM c; END $$": [
        "s.a",
        "c",
    ],
    "DO $$ BEGIN UPDATE a SET x = CASE WHEN y THEN 1 ELSE 2 END; END $$": ["a"],
}


@pytest.mark.parametrize("sql", RELATIONS)
def test_the_relations_are_those_that_the_statement_names(sql: str) -> None:
    assert relations(sql) == RELATIONS[sql]


CONCURRENT: dict[str, dict[str, Any]] = {
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)": {"kind": StatementKind.CREATE_INDEX, "object": "i"},
    "CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (a)": {"kind": StatementKind.CREATE_INDEX, "object": "s.i"},
    "DROP INDEX CONCURRENTLY IF EXISTS s.i": {"kind": StatementKind.DROP_INDEX, "object": "s.i"},
    "ALTER TABLE p DETACH PARTITION s.c CONCURRENTLY": {"kind": StatementKind.DETACH_PARTITION, "object": "s.c"},
    "REINDEX INDEX CONCURRENTLY i": {"kind": StatementKind.REPEATABLE},
    "REINDEX (CONCURRENTLY on) TABLE t": {"kind": StatementKind.REPEATABLE},
    "REINDEX SCHEMA CONCURRENTLY s": {"kind": StatementKind.REPEATABLE},
    "VACUUM t": {"kind": StatementKind.REPEATABLE},
    "VACUUM (ANALYZE, FULL false) t": {"kind": StatementKind.REPEATABLE},
    "VACUUM (FULL 0)": {"kind": StatementKind.REPEATABLE},
    "ANALYZE t": {"kind": StatementKind.TRANSACTIONAL},
}
BLOCKING = {
    "VACUUM FULL t": StatementKind.REPEATABLE,
    "VACUUM (FULL, ANALYZE) t": StatementKind.REPEATABLE,
    "VACUUM (FULL 1) t": StatementKind.REPEATABLE,
    "CLUSTER": StatementKind.REPEATABLE,
    "CLUSTER t USING i": StatementKind.REPEATABLE,
    "REINDEX SCHEMA s": StatementKind.REPEATABLE,
    "REINDEX DATABASE": StatementKind.REPEATABLE,
    "REINDEX TABLE t": StatementKind.REPEATABLE,
    "CREATE INDEX i ON t (a)": StatementKind.TRANSACTIONAL,
    "DROP INDEX i": StatementKind.TRANSACTIONAL,
    "ALTER TABLE p DETACH PARTITION c": StatementKind.TRANSACTIONAL,
    "ALTER TABLE p DETACH PARTITION c FINALIZE": StatementKind.TRANSACTIONAL,
    "ALTER TABLE t ADD COLUMN a int": StatementKind.TRANSACTIONAL,
    "REFRESH MATERIALIZED VIEW CONCURRENTLY v": StatementKind.TRANSACTIONAL,
    "UPDATE t SET a = 1": StatementKind.TRANSACTIONAL,
}


@pytest.mark.parametrize("sql", CONCURRENT)
def test_a_statement_that_lets_others_pass_is_concurrent(sql: str) -> None:
    statement = statement_of(sql)
    expected = CONCURRENT[sql]
    assert statement.concurrent
    assert statement.kind is expected["kind"]
    assert (str(statement.object) if statement.object else None) == expected.get("object")


@pytest.mark.parametrize("sql", BLOCKING)
def test_a_statement_that_holds_others_up_is_not_concurrent(sql: str) -> None:
    statement = statement_of(sql)
    assert not statement.concurrent
    assert statement.kind is BLOCKING[sql]
    assert statement.object is None


def test_a_detached_partition_names_the_parent_first() -> None:
    assert relations("ALTER TABLE s.p DETACH PARTITION c CONCURRENTLY") == ["s.p", "c"]


@pytest.mark.parametrize("sql", ["REINDEX TABLE t", "CLUSTER t", "ANALYZE", "CREATE INDEX i ON t (a)"])
def test_what_a_transaction_takes_is_transactional_in_one(sql: str) -> None:
    assert statement_of(sql, Transaction.ONE).kind is StatementKind.TRANSACTIONAL


def test_only_an_index_that_is_made_concurrently_has_a_probe() -> None:
    probe = "CREATE INDEX rdspatch_probe_index ON pg_temp.rdspatch_probe USING btree (a)"
    assert statement_of("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a) TABLESPACE x").probe == probe
    assert statement_of("CREATE INDEX IF NOT EXISTS i ON t (a)").probe is None
