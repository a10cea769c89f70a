"""What lint does not complain of, and what it does, in the words that people write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, a int);"
COMPUTED = "squawk/adding-field-with-default"


def rules(shell: Shell, sql: str, *, baseline: str = TABLE) -> list[str]:
    """The rules that find something in a patch."""
    shell.patches.write("baseline.sql", baseline)
    shell.patches.patch("0001_x", sql)
    return [finding["rule"] for finding in shell.on_patches("lint", "--format", "json").json["findings"]]


ONCE = (
    "integer NOT NULL DEFAULT -1",
    "text DEFAULT ('x')",
    "numeric DEFAULT +1.5",
    "timestamptz DEFAULT now()",
    "timestamptz NOT NULL DEFAULT now()",
    "timestamptz NOT NULL DEFAULT pg_catalog.now()",
    "timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "timestamptz NOT NULL DEFAULT transaction_timestamp()",
    "interval DEFAULT interval '1 day'",
    "text[] DEFAULT ARRAY[]::text[]",
    "timestamptz DEFAULT now() + interval '1 day'",
    "jsonb DEFAULT jsonb_build_object()",
    "date DEFAULT CURRENT_DATE",
    "text DEFAULT 'a' || 'b'",
    "tstzrange DEFAULT tstzrange(now(), NULL)",
    "int DEFAULT 24 * 60",
    "text DEFAULT current_setting('app.tenant', true)",
    "text DEFAULT CURRENT_USER",
    "text DEFAULT lower('ABC')",
    "timestamp DEFAULT (now() AT TIME ZONE 'utc')",
    "uuid DEFAULT '00000000-0000-0000-0000-000000000000'::uuid",
    "jsonb NOT NULL DEFAULT '{}'::jsonb",
    "bigint DEFAULT (extract(epoch from now()) * 1000)::bigint",
    "int DEFAULT CASE WHEN true THEN 1 ELSE 2 END",
    "text DEFAULT COALESCE(NULL, 'x')",
    "text DEFAULT pg_catalog.format('%s', 1)",
    "text COLLATE \"C\" DEFAULT 'x'",
    "text DEFAULT ours()",
)
ROW_BY_ROW = (
    "uuid DEFAULT gen_random_uuid()",
    "uuid DEFAULT pg_catalog.gen_random_uuid()",
    "uuid DEFAULT public.uuid_generate_v4()",
    "float8 DEFAULT random()",
    "timestamptz DEFAULT clock_timestamp()",
    "text DEFAULT lower(md5(random()::text))",
    "bigint DEFAULT nextval('s')",
    "bigint GENERATED ALWAYS AS IDENTITY",
    "bigint GENERATED ALWAYS AS (id * 2) STORED",
    "text DEFAULT theirs()",
    "text DEFAULT nobody_knows()",
)
FUNCTIONS = (
    "CREATE FUNCTION ours() RETURNS text LANGUAGE sql STABLE AS 'SELECT ''x''';"
    "CREATE FUNCTION theirs() RETURNS text LANGUAGE sql AS 'SELECT ''x''';"
)


@pytest.mark.parametrize("column", ONCE)
def test_a_default_that_is_evaluated_once_is_no_finding(shell: Shell, column: str) -> None:
    assert rules(shell, f"ALTER TABLE t ADD COLUMN IF NOT EXISTS c {column};", baseline=TABLE + FUNCTIONS) == []


@pytest.mark.parametrize("column", ROW_BY_ROW)
def test_a_value_that_is_computed_row_by_row_is_a_finding(shell: Shell, column: str) -> None:
    found = rules(shell, f"ALTER TABLE t ADD COLUMN IF NOT EXISTS c {column};", baseline=TABLE + FUNCTIONS)
    assert found == [COMPUTED]


def test_a_function_counts_as_what_it_was_made_last(shell: Shell) -> None:
    sql = "ALTER FUNCTION theirs() STABLE;\nALTER TABLE t ADD COLUMN IF NOT EXISTS c text DEFAULT theirs();"
    assert rules(shell, sql, baseline=TABLE + FUNCTIONS) == []
    sql = "ALTER FUNCTION ours() VOLATILE;\nALTER TABLE t ADD COLUMN IF NOT EXISTS c text DEFAULT ours();"
    assert rules(shell, sql, baseline=TABLE + FUNCTIONS) == [COMPUTED]


ASSIGNMENTS = (
    "SELECT count(*) INTO n FROM t WHERE a IS NULL; IF n > 0 THEN RAISE EXCEPTION '%', n; END IF;",
    "SELECT count(*) INTO n FROM t WHERE a IS NULL; RAISE NOTICE '%', n;",
    "SELECT INTO n count(*) FROM t;",
    "SELECT INTO STRICT n count(*) FROM t;",
    "SELECT min(a), max(a) INTO n, m FROM t;",
    "SELECT a INTO r.a FROM t;",
    "SELECT a INTO numbers[1] FROM t;",
    "LOOP WITH batch AS (SELECT id FROM t WHERE id > n) SELECT max(id) INTO n FROM batch; EXIT; END LOOP;",
    "SELECT count(*) FROM t INTO n;",
)


@pytest.mark.parametrize("body", ASSIGNMENTS)
def test_select_into_a_variable_is_an_assignment(shell: Shell, body: str) -> None:
    declared = "DECLARE n bigint := 0; m bigint; r t; numbers bigint[];"
    assert rules(shell, f"DO $$ {declared} BEGIN {body} END $$;") == []


def test_select_into_outside_of_a_block_still_makes_a_table(shell: Shell) -> None:
    assert rules(shell, "SELECT a INTO copy FROM t;") == ["unguarded-statement"]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("INSERT INTO t (a) VALUES (1) RETURNING id INTO n;", "unguarded-insert"),
        ("UPDATE t SET a = 1 RETURNING id, a INTO STRICT n, m;", "unguarded-update"),
        ("DELETE FROM t RETURNING id INTO n;", "delete-without-where"),
    ],
)
def test_what_returns_into_a_variable_is_judged_like_any_other(shell: Shell, body: str, rule: str) -> None:
    sql = f"DO $$ DECLARE n bigint; m int; BEGIN {body} END $$;"
    assert sorted(rules(shell, sql)) == ["data-without-verify", rule]


AGAIN = (
    "DROP FUNCTION IF EXISTS f(int); CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "DROP FUNCTION IF EXISTS f; CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "DROP ROUTINE IF EXISTS f(int); CREATE FUNCTION f(x int, OUT y int) LANGUAGE sql AS 'SELECT 1';",
    "DROP PROCEDURE IF EXISTS p(int); CREATE PROCEDURE p(x int) LANGUAGE sql AS 'SELECT 1';",
    "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT id FROM t;",
    "DROP VIEW IF EXISTS public.v; CREATE VIEW v AS SELECT id FROM t;",
    "DROP MATERIALIZED VIEW IF EXISTS m; CREATE MATERIALIZED VIEW m AS SELECT id FROM t;",
    (
        "DROP MATERIALIZED VIEW IF EXISTS m; CREATE MATERIALIZED VIEW m AS SELECT id FROM t;"
        "CREATE UNIQUE INDEX m_id ON m (id);"
    ),
    "DROP SEQUENCE IF EXISTS s; CREATE SEQUENCE s;",
    "DROP TYPE IF EXISTS c; CREATE TYPE c AS (a int);",
    "DROP TYPE IF EXISTS e; CREATE TYPE e AS ENUM ('a');",
    "DROP DOMAIN IF EXISTS d; CREATE DOMAIN d AS int;",
    "DROP AGGREGATE IF EXISTS g(int); CREATE AGGREGATE g(int) (sfunc = int4pl, stype = int);",
    (
        "DROP TRIGGER IF EXISTS g ON t;"
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();"
    ),
    "DROP POLICY IF EXISTS p ON t; CREATE POLICY p ON t USING (true);",
    "DROP RULE IF EXISTS r ON t; CREATE RULE r AS ON UPDATE TO t WHERE false DO ALSO NOTHING;",
    "DROP STATISTICS IF EXISTS z; CREATE STATISTICS z ON id, a FROM t;",
    "ALTER TABLE t DROP CONSTRAINT IF EXISTS c; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;",
    "DROP PUBLICATION IF EXISTS p; CREATE PUBLICATION p FOR TABLE t;",
)


@pytest.mark.parametrize("sql", AGAIN)
def test_what_is_dropped_where_it_exists_and_created_runs_twice(shell: Shell, sql: str) -> None:
    assert rules(shell, sql) == []


NOT_AGAIN = (
    "DROP FUNCTION IF EXISTS f(text); CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "DROP FUNCTION IF EXISTS other.f(int); CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    "DROP VIEW IF EXISTS w; CREATE VIEW v AS SELECT id FROM t;",
    "CREATE VIEW v AS SELECT id FROM t; DROP VIEW IF EXISTS v;",
    "DROP MATERIALIZED VIEW IF EXISTS v; CREATE VIEW v AS SELECT id FROM t;",
    (
        "DROP TRIGGER IF EXISTS g ON u;"
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();"
    ),
)


@pytest.mark.parametrize("sql", NOT_AGAIN)
def test_what_is_created_after_another_drop_does_not(shell: Shell, sql: str) -> None:
    assert rules(shell, sql) == ["not-rerunnable"]


def test_a_table_that_is_dropped_and_made_anew_loses_its_rows_and_does_not_fail(shell: Shell) -> None:
    sql = "DROP TABLE IF EXISTS t; CREATE TABLE t (id bigint); CREATE INDEX t_id ON t (id);"
    assert "drop-table" in rules(shell, sql)
    assert "not-rerunnable" not in rules(shell, sql)
