from __future__ import annotations

import pytest

from rdspatch.authoring.verify import verify_problems
from tests.authoring.patch_factory import patch_of

GOOD = (
    "SELECT true",
    "SELECT count(*) = 0 FROM t WHERE a ~ ';'",
    "VALUES (true)",
    "WITH a AS (SELECT 1 AS b) SELECT b = 1 FROM a",
    "(SELECT true)",
    "TABLE t",
    "SELECT true -- said in passing",
    "SELECT EXISTS (SELECT FROM t) UNION SELECT true",
    "SELECT true;",
)
BAD = {
    "SELECT true; SELECT true": "2 statements",
    "-- nothing": "0 statements",
    "SELEC true": "syntax error",
    "DELETE FROM t RETURNING true": "not a query",
    "EXPLAIN ANALYZE DELETE FROM t": "not a query",
    "SHOW work_mem": "not a query",
    "WITH d AS (DELETE FROM t RETURNING a) SELECT true FROM d": "changes rows",
    "WITH d AS (INSERT INTO t VALUES (1) RETURNING a) SELECT true FROM d": "changes rows",
    "WITH d AS (UPDATE t SET a = 1 RETURNING a) SELECT true FROM d": "changes rows",
    "SELECT true INTO t": "creates a table",
    "SELECT true FROM t FOR UPDATE": "locks rows",
    "SELECT EXISTS (SELECT FROM t FOR SHARE)": "locks rows",
    "SELECT pg_try_advisory_lock(1)": "advisory locks",
    "SELECT set_config('a.b', 'c', false) IS NULL": "set_config()",
    "SELECT pg_terminate_backend(1)": "end other sessions",
}


@pytest.mark.parametrize("query", GOOD)
def test_one_query_that_only_reads_is_taken(query: str) -> None:
    assert verify_problems(patch_of(f"-- patch: A.\n-- verify: {query}\nSELECT 1;\n")) == ()


@pytest.mark.parametrize("query", BAD)
def test_anything_else_is_a_problem_at_the_line_of_the_directive(query: str) -> None:
    text = f"-- patch: A.\n-- verify: SELECT 1 = 1\n\n-- verify: {query}\nSELECT 1;\n"
    (problem,) = verify_problems(patch_of(text))
    assert problem.where == "0001_test.sql:4"
    assert BAD[query] in problem.what


def test_every_directive_is_judged() -> None:
    text = "-- patch: A.\n-- verify: DELETE FROM t\n-- verify: SELECT 1; SELECT 2\nSELECT 1;\n"
    assert [problem.where for problem in verify_problems(patch_of(text))] == ["0001_test.sql:2", "0001_test.sql:3"]
