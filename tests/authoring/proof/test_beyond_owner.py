"""What a superuser does for a baseline, and what it does not."""

from __future__ import annotations

import pytest

from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.proof.beyond_owner import Beyond, beyond_owner

DONE = {
    "CREATE EXTENSION postgis": Beyond.SUPERUSER,
    "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()": Beyond.SUPERUSER,
    "CREATE EVENT TRIGGER e ON login EXECUTE FUNCTION f()": Beyond.REFUSED,
    "ALTER EVENT TRIGGER e DISABLE": Beyond.SUPERUSER,
    "ALTER EVENT TRIGGER e ENABLE ALWAYS": Beyond.REFUSED,
    "ALTER EVENT TRIGGER e ENABLE REPLICA": Beyond.REFUSED,
    "CREATE FOREIGN DATA WRAPPER w VALIDATOR postgresql_fdw_validator": Beyond.SUPERUSER,
    "CREATE FOREIGN DATA WRAPPER w NO HANDLER NO VALIDATOR": Beyond.SUPERUSER,
    "CREATE FOREIGN DATA WRAPPER w VALIDATOR public.postgresql_fdw_validator": Beyond.REFUSED,
    "CREATE FOREIGN DATA WRAPPER w HANDLER h": Beyond.REFUSED,
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'": Beyond.OWNER,
    "CREATE FUNCTION app.f() RETURNS int LEAKPROOF RETURN 1": Beyond.OWNER,
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x'": Beyond.REFUSED,
    "CREATE FUNCTION f() RETURNS int LANGUAGE internal AS 'x'": Beyond.REFUSED,
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'x'": Beyond.REFUSED,
    "CREATE FUNCTION pg_catalog.f() RETURNS int LANGUAGE sql AS 'SELECT 1'": Beyond.REFUSED,
    "CREATE CAST (a AS b) WITH FUNCTION f(a)": Beyond.OWNER,
    "CREATE CAST (a AS b) WITH INOUT": Beyond.OWNER,
    "CREATE CAST (varchar AS json) WITHOUT FUNCTION": Beyond.OWNER,
    "CREATE CAST (bytea AS numeric) WITHOUT FUNCTION": Beyond.REFUSED,
    "CREATE CAST (public.text AS json) WITHOUT FUNCTION": Beyond.REFUSED,
    "ALTER TABLE t DISABLE TRIGGER ALL": Beyond.OWNER,
    "ALTER TABLE t DISABLE TRIGGER ALL, ADD COLUMN n int DEFAULT f()": Beyond.REFUSED,
    "COMMENT ON EXTENSION e IS 'x'": Beyond.OWNER,
    "COMMENT ON ROLE r IS 'x'": Beyond.LEFT_OUT,
    "GRANT USAGE ON FOREIGN DATA WRAPPER w TO r": Beyond.OWNER,
    "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO r": Beyond.LEFT_OUT,
    "CREATE OPERATOR CLASS o FOR TYPE int USING btree AS OPERATOR 1 >, FUNCTION 1 btint4cmp(int, int)": Beyond.OWNER,
    "CREATE OPERATOR FAMILY o USING btree": Beyond.OWNER,
    "ALTER OPERATOR FAMILY o USING btree ADD OPERATOR 1 < (int, int)": Beyond.OWNER,
    "ALTER OPERATOR FAMILY o USING btree ADD OPERATOR 1 < (int, int), FUNCTION 1 f(int, int)": Beyond.REFUSED,
    "ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree ADD OPERATOR 1 < (int, text)": Beyond.REFUSED,
    "CREATE ROLE r SUPERUSER": Beyond.ROLE,
    "SET session_replication_role = origin": Beyond.LEFT_OUT,
    "CREATE PUBLICATION p FOR ALL TABLES": Beyond.OWNER,
    "CREATE SERVER s FOREIGN DATA WRAPPER w": Beyond.OWNER,
    **dict.fromkeys(
        (
            "ALTER SYSTEM SET work_mem = '8MB'",
            "ALTER ROLE r SUPERUSER",
            "GRANT pg_execute_server_program TO r",
            "ALTER FUNCTION f() OWNER TO r",
            "ALTER FUNCTION f() SECURITY DEFINER",
            "CREATE DATABASE d",
            "DROP DATABASE d",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
            "CREATE TABLESPACE s LOCATION '/x'",
            "CREATE INDEX ON t (f())",
            "CREATE TABLE q PARTITION OF p FOR VALUES IN (f())",
            "EXPLAIN ANALYZE SELECT f()",
            "DO 'begin end'",
            "SELECT f()",
            "COPY t FROM '/x'",
            "LOAD 'x'",
            "IMPORT FOREIGN SCHEMA s FROM SERVER s INTO public",
            "CREATE OPERATOR CLASS o FOR TYPE box USING gist AS OPERATOR 1 <<",
            "CREATE OPERATOR CLASS o FOR TYPE int USING btree AS FUNCTION 2 btnamesortsupport(internal)",
            "CREATE OPERATOR CLASS o FOR TYPE int USING btree AS FUNCTION 1 (int, int) bttextcmp(text, text)",
            "CREATE OPERATOR CLASS o FOR TYPE int USING btree AS STORAGE text",
            "CREATE OPERATOR CLASS pg_catalog.o FOR TYPE int USING btree AS FUNCTION 1 f(int, int)",
        ),
        Beyond.REFUSED,
    ),
}


@pytest.mark.parametrize(("sql", "expected"), DONE.items(), ids=DONE)
def test_what_a_superuser_does_is_a_list(sql: str, expected: Beyond) -> None:
    (statement,) = parse_statements(sql)
    assert beyond_owner(statement.node, creates_in="public") is expected


def test_what_is_made_in_a_schema_of_the_system_is_refused_without_its_name_too() -> None:
    (statement,) = parse_statements("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert beyond_owner(statement.node, creates_in="pg_catalog") is Beyond.REFUSED
