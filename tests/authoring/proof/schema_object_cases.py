"""What stands beside tables: schemas, extensions, sequences, views, functions and types."""

from __future__ import annotations

from tests.authoring.proof.case import EXISTS, MISSING, Case, unless

SCHEMA_OBJECTS = {
    "schema": Case(good="CREATE SCHEMA IF NOT EXISTS later", bad="CREATE SCHEMA later", says=EXISTS),
    "schema dropped": Case(good="DROP SCHEMA IF EXISTS app", bad="DROP SCHEMA app", says=MISSING),
    "extension": Case(good="CREATE EXTENSION IF NOT EXISTS citext", bad="CREATE EXTENSION citext", says=EXISTS),
    "the runner's own language dropped": Case(
        good="SELECT 1",
        bad="DROP EXTENSION IF EXISTS plpgsql CASCADE",
        says="must be owner of extension plpgsql",
    ),
    "sequence": Case(good="CREATE SEQUENCE IF NOT EXISTS s", bad="CREATE SEQUENCE s", says=EXISTS),
    "sequence changed": Case(
        good="ALTER SEQUENCE ticket INCREMENT 2",
        bad="DO $$ BEGIN EXECUTE 'ALTER SEQUENCE ticket INCREMENT ' || 1 + seqincrement FROM pg_sequence "
        "WHERE seqrelid = 'ticket'::regclass; END $$; "
        "DO $$ DECLARE n bigint; BEGIN SELECT seqincrement + 1 INTO n FROM pg_sequence "
        "WHERE seqrelid = 'ticket'::regclass; EXECUTE 'ALTER SEQUENCE ticket INCREMENT ' || n; END $$",
        says="it changes sequence public.ticket: ",
    ),
    "view": Case(
        good="CREATE OR REPLACE VIEW busy AS SELECT id FROM jobs",
        bad="CREATE VIEW busy AS SELECT id FROM jobs",
        says=EXISTS,
    ),
    "view dropped": Case(good="DROP VIEW IF EXISTS adults", bad="DROP VIEW adults", says=MISSING),
    "materialized view": Case(
        good="CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT 1 AS a; REFRESH MATERIALIZED VIEW m",
        bad="CREATE MATERIALIZED VIEW m AS SELECT 1 AS a",
        says=EXISTS,
    ),
    "rule": Case(
        good="CREATE OR REPLACE RULE jobs_keep AS ON DELETE TO jobs DO INSTEAD NOTHING",
        bad="CREATE RULE jobs_keep AS ON DELETE TO jobs DO INSTEAD NOTHING",
        says=EXISTS,
    ),
    "range type": Case(
        good=unless("SELECT FROM pg_type WHERE typname = 'span'", "CREATE TYPE span AS RANGE (subtype = float8)"),
        bad="CREATE TYPE span AS RANGE (subtype = float8)",
        says=EXISTS,
    ),
    "function": Case(
        good="CREATE OR REPLACE FUNCTION app.thrice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n * 3'",
        bad="CREATE FUNCTION app.thrice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n * 3'",
        says=EXISTS,
    ),
    "function dropped": Case(
        good="DROP FUNCTION IF EXISTS twice(integer)", bad="DROP FUNCTION twice(integer)", says=MISSING
    ),
    "trigger": Case(
        good="CREATE OR REPLACE TRIGGER jobs_touch BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION touch()",
        bad="CREATE TRIGGER jobs_touch BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION touch()",
        says=EXISTS,
    ),
    "trigger disabled": Case(
        good="ALTER TABLE users DISABLE TRIGGER users_touch",
        bad="ALTER TABLE users DISABLE TRIGGER users_touch; DROP TRIGGER users_touch ON users",
        says=MISSING,
    ),
    "policy": Case(
        good="DROP POLICY IF EXISTS own ON users; CREATE POLICY own ON users USING (age > 3)",
        bad="CREATE POLICY own ON users USING (age > 3)",
        says=EXISTS,
    ),
    "enum": Case(
        good=unless("SELECT FROM pg_type WHERE typname = 'colour'", "CREATE TYPE colour AS ENUM ('red')"),
        bad="CREATE TYPE colour AS ENUM ('red')",
        says=EXISTS,
    ),
    "enum value": Case(
        good="ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'", bad="ALTER TYPE mood ADD VALUE 'calm'", says=EXISTS
    ),
    "domain": Case(
        good="ALTER DOMAIN email SET DEFAULT 'a@b'",
        bad="ALTER DOMAIN email ADD CHECK (VALUE <> '@')",
        says="it changes domain public.email: ",
    ),
    "composite type": Case(
        good=unless("SELECT FROM pg_type WHERE typname = 'point2'", "CREATE TYPE point2 AS (x float8)"),
        bad="ALTER TYPE pair ADD ATTRIBUTE c date",
        says=EXISTS,
    ),
    "statistics": Case(
        good="CREATE STATISTICS IF NOT EXISTS users_alike ON id, age FROM users",
        bad="CREATE STATISTICS users_alike ON id, age FROM users",
        says=EXISTS,
    ),
    "publication": Case(
        good=unless("SELECT FROM pg_publication WHERE pubname = 'p'", "CREATE PUBLICATION p FOR TABLE users"),
        bad="CREATE PUBLICATION p FOR TABLE users",
        says=EXISTS,
    ),
    "collation": Case(
        good="CREATE COLLATION IF NOT EXISTS plain (locale = 'C')",
        bad="CREATE COLLATION plain (locale = 'C')",
        says=EXISTS,
    ),
    "operator": Case(
        good=unless(
            "SELECT FROM pg_operator WHERE oprname = '=#='",
            "CREATE OPERATOR =#= (LEFTARG = name, RIGHTARG = name, FUNCTION = nameeq)",
        ),
        bad="CREATE OPERATOR =#= (LEFTARG = name, RIGHTARG = name, FUNCTION = nameeq)",
        says=EXISTS,
    ),
    "cast": Case(
        good="DROP CAST IF EXISTS (mood AS integer); CREATE OR REPLACE FUNCTION as_number(m mood) RETURNS integer "
        "LANGUAGE sql AS 'SELECT 1'; CREATE CAST (mood AS integer) WITH FUNCTION as_number(mood)",
        bad="CREATE OR REPLACE FUNCTION as_number(m mood) RETURNS integer LANGUAGE sql AS 'SELECT 1'; "
        "CREATE CAST (mood AS integer) WITH FUNCTION as_number(mood)",
        says=EXISTS,
    ),
    "conversion": Case(
        good=unless(
            "SELECT FROM pg_conversion WHERE conname = 'to_utf8'",
            "CREATE CONVERSION to_utf8 FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        ),
        bad="CREATE CONVERSION to_utf8 FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        says=EXISTS,
    ),
    "text search configuration": Case(
        good=unless(
            "SELECT FROM pg_ts_config WHERE cfgname = 'own'", "CREATE TEXT SEARCH CONFIGURATION own (COPY = simple)"
        ),
        bad="CREATE TEXT SEARCH CONFIGURATION own (COPY = simple)",
        says="duplicate key value violates",
    ),
    "text search dictionary": Case(
        good=unless(
            "SELECT FROM pg_ts_dict WHERE dictname = 'own'", "CREATE TEXT SEARCH DICTIONARY own (TEMPLATE = simple)"
        ),
        bad="CREATE TEXT SEARCH DICTIONARY own (TEMPLATE = simple)",
        says="duplicate key value violates",
    ),
    "privileges": Case(
        good="GRANT SELECT ON users TO PUBLIC",
        bad="DO $$ BEGIN IF has_table_privilege('pg_monitor', 'users', 'SELECT') THEN "
        "REVOKE SELECT ON users FROM pg_monitor; ELSE GRANT SELECT ON users TO pg_monitor; END IF; END $$",
        says="it changes privileges on table public.users: ",
    ),
    "default privileges": Case(
        good="ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        bad="DO $$ BEGIN IF EXISTS (SELECT FROM pg_default_acl) THEN "
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC; ELSE "
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; END IF; END $$",
        says="default privileges",
    ),
}
