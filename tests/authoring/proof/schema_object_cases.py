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
}
