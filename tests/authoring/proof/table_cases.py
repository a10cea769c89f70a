"""Tables, their partitions and their rows."""

from __future__ import annotations

from tests.authoring.proof.case import EXISTS, MISSING, Case, unless

TABLES = {
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
    "vacuum": Case(
        good="VACUUM FULL users",
        bad="VACUUM FULL users; ALTER TABLE log_2027 SET LOGGED; ALTER TABLE log_2027 SET UNLOGGED",
        says="rewrites public.log_2027",
        apart=True,
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
