"""The rest of `drift_cases`: functions, triggers, policies, rules, types, sequences, schemas, and what is no drift."""

from __future__ import annotations

CASES: dict[str, tuple[str, ...]] = {
    # functions
    "function dropped": ("DROP FUNCTION twice(integer)", "missing function public.twice(integer)"),
    "function of a trigger dropped": (
        "DROP FUNCTION touch() CASCADE",
        "missing function public.touch()",
        "missing trigger public.users.users_touch",
    ),
    "function altered": (
        "CREATE OR REPLACE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n + n'",
        "changed function public.twice(integer)",
    ),
    "function made volatile": ("ALTER FUNCTION twice(integer) VOLATILE", "changed function public.twice(integer)"),
    "function renamed": (
        "ALTER FUNCTION twice(integer) RENAME TO double",
        "missing function public.twice(integer)",
        "extra function public.double(integer)",
    ),
    "function overloaded": (
        "CREATE FUNCTION twice(n text, m text) RETURNS text LANGUAGE sql AS 'SELECT n'",
        "extra function public.twice(text, text)",
    ),
    # triggers, policies, rules
    "trigger dropped": ("DROP TRIGGER users_touch ON users", "missing trigger public.users.users_touch"),
    "trigger disabled": ("ALTER TABLE users DISABLE TRIGGER users_touch", "changed trigger public.users.users_touch"),
    "trigger altered": (
        "CREATE OR REPLACE TRIGGER users_touch BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch()",
        "changed trigger public.users.users_touch",
    ),
    "trigger added": (
        "CREATE TRIGGER odd AFTER DELETE ON jobs EXECUTE FUNCTION touch()",
        "extra trigger public.jobs.odd",
    ),
    "policy dropped": ("DROP POLICY jobs_mine ON jobs", "missing policy public.jobs.jobs_mine"),
    "policy altered": ("ALTER POLICY jobs_mine ON jobs USING (true)", "changed policy public.jobs.jobs_mine"),
    "policy for another role": (
        "ALTER POLICY jobs_mine ON jobs TO pg_read_all_data",
        "changed policy public.jobs.jobs_mine",
    ),
    "policy added": ("CREATE POLICY odd ON jobs USING (true)", "extra policy public.jobs.odd"),
    "rule dropped": ("DROP RULE users_keep ON users", "missing rule public.users.users_keep"),
    "rule altered": (
        "CREATE OR REPLACE RULE users_keep AS ON DELETE TO users DO INSTEAD NOTHING",
        "changed rule public.users.users_keep",
    ),
    "rule disabled": ("ALTER TABLE users DISABLE RULE users_keep", "changed rule public.users.users_keep"),
    # types
    "enum label added": ("ALTER TYPE mood ADD VALUE 'angry' BEFORE 'sad'", "changed enum public.mood"),
    "enum label renamed": ("ALTER TYPE mood RENAME VALUE 'calm' TO 'quiet'", "changed enum public.mood"),
    "enum renamed": (
        "ALTER TYPE mood RENAME TO feeling",
        "missing enum public.mood",
        "extra enum public.feeling",
        "changed column public.jobs.state",
    ),
    "enum dropped with its columns": (
        "DROP TYPE mood CASCADE",
        "missing enum public.mood",
        "missing column public.jobs.state",
        "missing index public.jobs_state",
    ),
    "enum added": ("CREATE TYPE app.odd AS ENUM ('a')", "extra enum app.odd"),
    "domain with another check": (
        "ALTER DOMAIN email DROP CONSTRAINT email_at; ALTER DOMAIN email ADD CONSTRAINT email_at CHECK (VALUE <> '')",
        "changed domain public.email",
    ),
    "domain without null": ("ALTER DOMAIN email SET NOT NULL", "changed domain public.email"),
    "domain dropped": ("DROP DOMAIN email", "missing domain public.email"),
    "composite type altered": ("ALTER TYPE pair ADD ATTRIBUTE c date", "changed composite type public.pair"),
    "composite type dropped": ("DROP TYPE pair", "missing composite type public.pair"),
    "range type added": ("CREATE TYPE app.odd AS RANGE (subtype = float8)", "extra range type app.odd"),
    # sequences
    "sequence altered": ("ALTER SEQUENCE ticket INCREMENT 2", "changed sequence public.ticket"),
    "sequence owned by a column": ("ALTER SEQUENCE ticket OWNED BY users.id", "changed sequence public.ticket"),
    "sequence of a serial altered": ("ALTER SEQUENCE jobs_id_seq CYCLE", "changed sequence public.jobs_id_seq"),
    "sequence dropped": ("DROP SEQUENCE ticket", "missing sequence public.ticket"),
    "sequence renamed": (
        "ALTER SEQUENCE ticket RENAME TO tickets",
        "missing sequence public.ticket",
        "extra sequence public.tickets",
    ),
    # schemas and extensions
    "schema dropped": ("DROP SCHEMA app CASCADE", "missing schema app", "missing table app.notes"),
    "schema added": ("CREATE SCHEMA odd", "extra schema odd"),
    "extension dropped": (
        "DROP EXTENSION plpgsql CASCADE",
        "missing extension plpgsql",
        "missing function public.touch()",
        "missing trigger public.users.users_touch",
    ),
    # no drift
    "nothing": ("SELECT 1",),
    "rows": ("INSERT INTO users (email) VALUES ('a@b'); SELECT nextval('ticket')",),
    "a grant, a comment and an owner": (
        "GRANT SELECT ON users TO PUBLIC; COMMENT ON TABLE users IS 'people'; ALTER TABLE jobs OWNER TO pg_monitor",
    ),
    "statistics": ("ANALYZE users",),
    "a table written anew": ("CLUSTER users USING users_pkey; ALTER TABLE users SET WITHOUT CLUSTER",),
    "an index built anew": ("REINDEX TABLE users",),
    "columns in another order": (
        "ALTER TABLE users DROP created; ALTER TABLE users ADD created timestamptz DEFAULT now()",
    ),
    "the ledger's own tables": ("CREATE INDEX ON rdspatch.ledger (run_id)",),
}
