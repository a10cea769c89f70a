"""Patches over every kind of object, as data: one that may run twice, and one that may not with what the proof says.

All run on the schema of `tests.acceptance.schema_cases`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    good: str
    """Passes."""
    bad: str
    """Works once."""
    says: str
    """Part of why the bad one is refused."""
    apart: bool = False
    """Whether they run without a transaction."""


def unless(exists: str, statement: str) -> str:
    """The statement, guarded by a query."""
    return f"DO $$ BEGIN IF NOT EXISTS ({exists}) THEN {statement}; END IF; END $$"


def constraint(name: str) -> str:
    return f"SELECT FROM pg_constraint WHERE conname = '{name}'"


def column(name: str, table: str = "users") -> str:
    return f"SELECT FROM information_schema.columns WHERE table_name = '{table}' AND column_name = '{name}'"


EXISTS = "already exists"
MISSING = "does not exist"

CASES = {
    "schema": Case(good="CREATE SCHEMA IF NOT EXISTS later", bad="CREATE SCHEMA later", says=EXISTS),
    "schema dropped": Case(good="DROP SCHEMA IF EXISTS app", bad="DROP SCHEMA app", says=MISSING),
    "extension": Case(good="CREATE EXTENSION IF NOT EXISTS citext", bad="CREATE EXTENSION citext", says=EXISTS),
    "the runner's own language dropped": Case(
        good="SELECT 1", bad="DROP EXTENSION IF EXISTS plpgsql CASCADE", says='language "plpgsql" does not exist'
    ),
    "table": Case(
        good="CREATE TABLE IF NOT EXISTS app.notes (id integer PRIMARY KEY)",
        bad="CREATE TABLE app.notes (id integer PRIMARY KEY)",
        says=EXISTS,
    ),
    "table dropped": Case(good="DROP TABLE IF EXISTS jobs CASCADE", bad="DROP TABLE jobs CASCADE", says=MISSING),
    "table renamed": Case(
        good="ALTER TABLE IF EXISTS log_2027 RENAME TO log_later",
        bad="ALTER TABLE log_2027 RENAME TO log_later",
        says=MISSING,
    ),
    "table made anew": Case(
        good="CREATE TABLE IF NOT EXISTS fresh (a integer); ALTER TABLE fresh ADD COLUMN IF NOT EXISTS b integer",
        bad="DROP TABLE IF EXISTS log_2027; CREATE TABLE log_2027 (id integer, at date NOT NULL)",
        says="it drops public.log_2027 and makes it anew",
    ),
    "table moved": Case(
        good="ALTER TABLE IF EXISTS public.log_2027 SET SCHEMA app",
        bad="ALTER TABLE log_2027 SET SCHEMA app",
        says=MISSING,
    ),
    "table unlogged": Case(
        good="ALTER TABLE log_2027 SET UNLOGGED",
        bad="ALTER TABLE log_2027 SET LOGGED; ALTER TABLE log_2027 SET UNLOGGED",
        says="rewrites public.log_2027",
    ),
    "table emptied": Case(
        good="DELETE FROM log_2027 WHERE at < '2000-01-01'",
        bad="-- below\nTRUNCATE log_2027",
        says="0001_test.sql:3: a second run is not without effect: it rewrites public.log_2027",
    ),
    "row security": Case(
        good="ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        bad="ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON users USING (age > 3)",
        says=EXISTS,
    ),
    "partition": Case(
        good="CREATE TABLE IF NOT EXISTS log_old PARTITION OF log DEFAULT",
        bad="CREATE TABLE log_old PARTITION OF log DEFAULT",
        says=EXISTS,
    ),
    "partition attached": Case(
        good=unless(
            "SELECT FROM pg_inherits WHERE inhrelid = 'log_2027'::regclass",
            "ALTER TABLE log ATTACH PARTITION log_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')",
        ),
        bad="ALTER TABLE log ATTACH PARTITION log_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')",
        says="is already a partition",
    ),
    "partition detached": Case(
        good="DO $$ BEGIN IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = 'log_2026'::regclass) THEN "
        "ALTER TABLE log DETACH PARTITION log_2026; END IF; END $$",
        bad="ALTER TABLE log DETACH PARTITION log_2026",
        says="is not a partition",
    ),
    "partition detached concurrently": Case(
        good="ALTER TABLE log DETACH PARTITION log_2026 CONCURRENTLY",
        bad="ALTER TABLE log DETACH PARTITION log_2026 CONCURRENTLY; ALTER TABLE log_2026 ADD CHECK (id > 0)",
        says="it adds constraint public.log_2026.log_2026_id_check",
        apart=True,
    ),
    "column": Case(
        good="ALTER TABLE users ADD COLUMN IF NOT EXISTS phone text",
        bad="ALTER TABLE users ADD COLUMN phone text",
        says=EXISTS,
    ),
    "column dropped": Case(
        good="ALTER TABLE users DROP COLUMN IF EXISTS created",
        bad="ALTER TABLE users DROP COLUMN created",
        says=MISSING,
    ),
    "column renamed": Case(
        good=unless(column("made"), "ALTER TABLE users RENAME COLUMN created TO made"),
        bad="ALTER TABLE users RENAME COLUMN created TO made",
        says=MISSING,
    ),
    "columns swapped": Case(
        good=unless(column("a"), "ALTER TABLE users RENAME COLUMN age TO a"),
        bad="ALTER TABLE log_2027 RENAME COLUMN id TO x; ALTER TABLE log_2027 ADD COLUMN id integer; "
        "ALTER TABLE log_2027 DROP COLUMN x; ALTER TABLE log_2027 ALTER COLUMN id SET DEFAULT 1; "
        "UPDATE log_2027 SET id = 1 WHERE id IS NULL",
        says="inserts, updates or deletes rows of public.log_2027",
    ),
    "column type": Case(
        good="ALTER TABLE log_2027 ALTER COLUMN id TYPE bigint",
        bad="ALTER TABLE log_2027 ALTER COLUMN id TYPE bigint USING id + 0",
        says="rewrites public.log_2027",
    ),
    "column not null": Case(
        good="ALTER TABLE users ALTER COLUMN name SET NOT NULL",
        bad="ALTER TABLE users ALTER COLUMN name SET NOT NULL; ALTER TABLE users RENAME COLUMN name TO nick",
        says=MISSING,
    ),
    "default": Case(
        good="ALTER TABLE users ALTER COLUMN name SET DEFAULT 'x'",
        bad="DO $$ BEGIN EXECUTE format('ALTER TABLE users ALTER COLUMN name SET DEFAULT %L', "
        "clock_timestamp()::time); END $$",
        says="it changes column public.users.name: default",
    ),
    "generated": Case(
        good="ALTER TABLE users ADD COLUMN IF NOT EXISTS u text GENERATED ALWAYS AS (upper(email)) STORED",
        bad="ALTER TABLE users DROP COLUMN IF EXISTS u; "
        "ALTER TABLE users ADD COLUMN u text GENERATED ALWAYS AS (upper(email)) STORED",
        says="rewrites public.users",
    ),
    "identity": Case(
        good="ALTER TABLE users ALTER COLUMN id SET GENERATED BY DEFAULT",
        bad="ALTER TABLE users ALTER COLUMN id DROP IDENTITY",
        says="is not an identity column",
    ),
    "check": Case(
        good=unless(constraint("users_named"), "ALTER TABLE users ADD CONSTRAINT users_named CHECK (name <> '')"),
        bad="ALTER TABLE users ADD CHECK (name <> '')",
        says="it adds constraint public.users.users_name_check1",
    ),
    "check validated": Case(
        good=unless(
            constraint("users_named"), "ALTER TABLE users ADD CONSTRAINT users_named CHECK (name <> '') NOT VALID"
        )
        + "; ALTER TABLE users VALIDATE CONSTRAINT users_named",
        bad="ALTER TABLE users ADD CONSTRAINT users_named CHECK (name <> '') NOT VALID; "
        "ALTER TABLE users VALIDATE CONSTRAINT users_named",
        says=EXISTS,
    ),
    "constraint dropped": Case(
        good="ALTER TABLE users DROP CONSTRAINT IF EXISTS users_age",
        bad="ALTER TABLE users DROP CONSTRAINT users_age",
        says=MISSING,
    ),
    "primary key": Case(
        good=unless(constraint("log_2027_pkey"), "ALTER TABLE log_2027 ADD CONSTRAINT log_2027_pkey PRIMARY KEY (id)"),
        bad="ALTER TABLE log_2027 ADD PRIMARY KEY (id)",
        says="multiple primary keys",
    ),
    "unique": Case(
        good=unless(constraint("users_one"), "ALTER TABLE users ADD CONSTRAINT users_one UNIQUE (name)"),
        bad="ALTER TABLE users ADD UNIQUE (name)",
        says="it adds constraint public.users.users_name_key1",
    ),
    "foreign key": Case(
        good=unless(
            constraint("f"), "ALTER TABLE log_2027 ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES jobs NOT VALID"
        ),
        bad="ALTER TABLE log_2027 ADD FOREIGN KEY (id) REFERENCES jobs NOT VALID",
        says="it adds constraint public.log_2027.log_2027_id_fkey1",
    ),
    "index": Case(
        good="CREATE INDEX IF NOT EXISTS users_named ON users (name)",
        bad="CREATE INDEX ON users (name)",
        says="it adds index public.users_name_idx1",
    ),
    "index concurrently": Case(
        good="CREATE INDEX CONCURRENTLY users_named ON users (name)",
        bad="CREATE INDEX CONCURRENTLY users_named ON users (name); CREATE INDEX ON users (age)",
        says="it adds index public.users_age_idx1",
        apart=True,
    ),
    "index dropped": Case(good="DROP INDEX IF EXISTS jobs_state", bad="DROP INDEX jobs_state", says=MISSING),
    "index dropped concurrently": Case(
        good="DROP INDEX CONCURRENTLY jobs_state",
        bad="DROP INDEX CONCURRENTLY jobs_state; CREATE SEQUENCE s",
        says=EXISTS,
        apart=True,
    ),
    "index renamed": Case(
        good="ALTER INDEX IF EXISTS jobs_state RENAME TO jobs_by_state",
        bad="ALTER INDEX jobs_state RENAME TO jobs_by_state",
        says=MISSING,
    ),
    "vacuum": Case(
        good="VACUUM FULL users",
        bad="VACUUM FULL users; ALTER TABLE log_2027 SET LOGGED; ALTER TABLE log_2027 SET UNLOGGED",
        says="rewrites public.log_2027",
        apart=True,
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
    "rows inserted": Case(
        good="INSERT INTO users (email) VALUES ('a@b') ON CONFLICT DO NOTHING",
        bad="INSERT INTO log_2027 VALUES (1, '2027-01-01')",
        says="it inserts, updates or deletes rows of public.log_2027",
    ),
    "rows updated": Case(
        good="UPDATE users SET age = 1 WHERE age > 1",
        bad="UPDATE users SET age = 1",
        says="it inserts, updates or deletes rows of public.users",
    ),
    "rows counted up": Case(
        good="UPDATE users SET name = 'x' WHERE name = 'y'",
        bad="DO $$ BEGIN UPDATE users SET age = age + 1; END $$",
        says="it inserts, updates or deletes rows of public.users",
    ),
    "rows deleted": Case(
        good="DELETE FROM jobs WHERE done", bad="DELETE FROM jobs; INSERT INTO jobs DEFAULT VALUES", says="public.jobs"
    ),
}
