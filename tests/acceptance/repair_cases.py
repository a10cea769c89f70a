"""A history of patches, and what may happen to a database that has them: what a repair then does, as data."""

from __future__ import annotations

BASELINE = """
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, age integer);
CREATE TABLE legacy (id integer);
INSERT INTO users SELECT n, 'u' || n, n FROM generate_series(1, 20) AS n;
"""


def unless(exists: str, statement: str) -> str:
    return f"DO $$ BEGIN IF NOT EXISTS ({exists}) THEN {statement}; END IF; END $$"


PATCHES = {
    "0001_phone": "ALTER TABLE users ADD COLUMN IF NOT EXISTS phone text, ADD COLUMN IF NOT EXISTS seen timestamptz",
    "0002_state": unless("SELECT FROM pg_type WHERE typname = 'state'", "CREATE TYPE state AS ENUM ('new', 'old')")
    + "; ALTER TABLE users ADD COLUMN IF NOT EXISTS state state",
    "0003_notes": """
        CREATE TABLE IF NOT EXISTS notes (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint REFERENCES users, body text
        );
        CREATE INDEX IF NOT EXISTS notes_by_user ON notes (user_id)""",
    "0004_kinds": """
        CREATE TABLE IF NOT EXISTS kinds (name text PRIMARY KEY);
        INSERT INTO kinds VALUES ('a'), ('b') ON CONFLICT DO NOTHING;
        CREATE SEQUENCE IF NOT EXISTS kind_numbers""",
    "0005_notes_kind": "ALTER TABLE notes ADD COLUMN IF NOT EXISTS kind text",
    "0006_kind_check": unless(
        "SELECT FROM pg_constraint WHERE conname = 'notes_kind'",
        "ALTER TABLE notes ADD CONSTRAINT notes_kind CHECK (kind <> 'none') NOT VALID",
    ),
    "0007_kind_valid": "ALTER TABLE notes VALIDATE CONSTRAINT notes_kind",
    "0008_indexes": """
        CREATE INDEX CONCURRENTLY IF NOT EXISTS users_by_phone ON users (phone);
        CREATE INDEX CONCURRENTLY IF NOT EXISTS notes_by_kind ON notes (kind)""",
    "0009_callers": "CREATE OR REPLACE VIEW callers AS SELECT id, phone FROM users WHERE phone IS NOT NULL",
    "0010_touch": """
        CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN NEW.seen := now(); RETURN NEW; END';
        CREATE OR REPLACE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()""",
    "0011_fill": "UPDATE users SET phone = '+' || id WHERE phone IS NULL",
    "0012_nick": "ALTER TABLE users ADD COLUMN IF NOT EXISTS nick text",
    "0013_nick_short": "ALTER TABLE users ALTER COLUMN nick TYPE varchar(30)",
    "0014_two": "ALTER TABLE users ADD COLUMN IF NOT EXISTS old text, ADD COLUMN IF NOT EXISTS kept text",
    "0015_one": "ALTER TABLE users DROP COLUMN IF EXISTS old",
    "0016_policy": unless(
        "SELECT FROM pg_policies WHERE policyname = 'notes_all'", "CREATE POLICY notes_all ON notes USING (true)"
    ),
    "0017_tickets": "CREATE SEQUENCE IF NOT EXISTS tickets; CREATE SEQUENCE IF NOT EXISTS numbers",
    "0018_totals": "CREATE MATERIALIZED VIEW IF NOT EXISTS totals AS SELECT user_id, max(id) FROM notes GROUP BY 1",
    "0019_app": "CREATE SCHEMA IF NOT EXISTS app; CREATE TABLE IF NOT EXISTS app.flags (name text, is_on boolean)",
    "0020_email_view": "CREATE OR REPLACE VIEW emails AS SELECT email FROM users",
    "0021_email_view": "CREATE OR REPLACE VIEW emails AS SELECT email, id FROM users",
    # What had nothing to do when they were proven has something to do in a replay.
    "0022_tidy": "DROP TABLE IF EXISTS scratch; ALTER TABLE users ADD COLUMN IF NOT EXISTS tidy text",
    "0023_scratch": "CREATE TABLE IF NOT EXISTS scratch (a integer)",
    "0024_legacy": "CREATE TABLE IF NOT EXISTS legacy (id int); ALTER TABLE users ADD COLUMN IF NOT EXISTS new text",
    "0025_no_legacy": "DROP TABLE IF EXISTS legacy",
    "0026_shared": """
        CREATE TABLE IF NOT EXISTS shared (id integer);
        GRANT SELECT ON shared TO pg_monitor;
        CREATE SEQUENCE IF NOT EXISTS shared_numbers""",
    "0027_not_shared": "REVOKE SELECT ON shared FROM pg_monitor",
    "0028_numbered": "ALTER TABLE users ADD COLUMN IF NOT EXISTS number int; ALTER SEQUENCE numbers RESTART WITH 100",
    "0029_summary": "DROP VIEW IF EXISTS summary; CREATE VIEW summary AS SELECT id FROM users;"
    "ALTER TABLE users ADD COLUMN IF NOT EXISTS summed integer",
    "0030_empties": """
        DO $$ BEGIN IF to_regclass('bin') IS NOT NULL THEN TRUNCATE bin; END IF; END $$;
        ALTER TABLE users ADD COLUMN IF NOT EXISTS emptied integer""",
    "0031_bin": "CREATE TABLE IF NOT EXISTS bin (a integer)",
    "0032_counts": """
        DO $$ BEGIN IF to_regclass('counter') IS NOT NULL THEN
            EXECUTE format('ALTER SEQUENCE counter RE%s', 'START');
        END IF; END $$;
        ALTER TABLE users ADD COLUMN IF NOT EXISTS counted integer""",
    "0033_counter": "CREATE SEQUENCE IF NOT EXISTS counter",
    "0034_later": "ALTER TABLE users ADD COLUMN IF NOT EXISTS later integer",
}
"""All but the last are applied."""

AFTERWARDS = """
INSERT INTO notes (user_id, body, kind) SELECT n, 'note ' || n, 'a' FROM generate_series(1, 20) AS n;
INSERT INTO app.flags VALUES ('f', true);
INSERT INTO scratch VALUES (1), (2);
GRANT SELECT ON summary TO pg_monitor;
INSERT INTO bin VALUES (1);
SELECT setval('numbers', 500);
SELECT setval('counter', 500);
REFRESH MATERIALIZED VIEW totals;
"""
"""What the application has done since."""

SUMMARY_AGAIN = "DROP VIEW summary; CREATE VIEW summary AS SELECT id FROM users"
INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'notes_by_kind'::regclass"

HEALED: dict[str, tuple[str, ...]] = {
    # what happened, then the patches that are replayed
    "a column": ("ALTER TABLE users DROP seen CASCADE", "0001_phone"),
    "a column with its index, its view and its values": (
        "ALTER TABLE users DROP phone CASCADE",
        "0001_phone",
        "0008_indexes",
        "0009_callers",
    ),
    "an enum with its column": ("DROP TYPE state CASCADE", "0002_state"),
    "a table with all that later patches put on it": (
        "DROP TABLE notes CASCADE",
        "0003_notes",
        "0005_notes_kind",
        "0006_kind_check",
        "0007_kind_valid",
        "0008_indexes",
        "0016_policy",
        "0018_totals",
    ),
    "a table with the rows that its patch brings": ("DROP TABLE kinds", "0004_kinds"),
    "a column of a patch's table": (
        "ALTER TABLE notes DROP kind CASCADE",
        "0005_notes_kind",
        "0006_kind_check",
        "0007_kind_valid",
        "0008_indexes",
    ),
    "a constraint that came in two steps": (
        "ALTER TABLE notes DROP CONSTRAINT notes_kind",
        "0006_kind_check",
        "0007_kind_valid",
    ),
    "a constraint that is not validated": (
        "ALTER TABLE notes DROP CONSTRAINT notes_kind, ADD CONSTRAINT notes_kind CHECK (kind <> 'none') NOT VALID",
        "0007_kind_valid",
    ),
    "an index": ("DROP INDEX users_by_phone", "0008_indexes"),
    "an index that is invalid": (
        INVALID,
        "0008_indexes",
    ),
    "an index, and another one that is invalid": (
        f"DROP INDEX users_by_phone; {INVALID}",
        "0008_indexes",
    ),
    "a view": ("DROP VIEW callers", "0009_callers"),
    "a function with its trigger": ("DROP FUNCTION touch() CASCADE", "0010_touch"),
    "a trigger": ("DROP TRIGGER users_touch ON users", "0010_touch"),
    "a policy": ("DROP POLICY notes_all ON notes", "0016_policy"),
    "a sequence": ("DROP SEQUENCE tickets", "0017_tickets"),
    "a materialized view": ("DROP MATERIALIZED VIEW totals", "0018_totals"),
    "a schema": ("DROP SCHEMA app CASCADE", "0019_app"),
    "a table whose privileges a later patch took": ("DROP TABLE shared", "0026_shared", "0027_not_shared"),
    "a column of a patch that makes a view again": (f"ALTER TABLE users DROP summed; {SUMMARY_AGAIN}", "0029_summary"),
    "two things of two patches": ("DROP VIEW callers; DROP SEQUENCE tickets", "0009_callers", "0017_tickets"),
    "nothing": ("SELECT 1",),
    "rows": ("DELETE FROM notes; UPDATE users SET age = 0",),
}

REFUSED: dict[str, tuple[str, str]] = {
    # what happened, then what the refusal says
    "an index that was built with its table": (
        "DROP INDEX notes_by_user",
        (
            "0003_notes.sql: to be replayed because it made or changed index public.notes_by_user, but it could bring "
            "back index public.notes_by_user only by building it while nobody can write to public.notes"
        ),
    ),
    "a primary key": (
        "ALTER TABLE notes DROP CONSTRAINT notes_pkey",
        "back constraint public.notes.notes_pkey only by building its index while nobody can write to public.notes",
    ),
    "a foreign key that was made with its table": (
        "ALTER TABLE notes DROP CONSTRAINT notes_user_id_fkey",
        "constraint public.notes.notes_user_id_fkey only by reading every row while nobody can write to public.notes",
    ),
    "a column that a later patch changed": (
        "ALTER TABLE users DROP nick",
        (
            "0013_nick_short.sql: to be replayed because it made or changed column public.users.nick, but it "
            "changes column public.users.nick: type text -> character varying(30)"
        ),
    ),
    "a view that a later patch changed": (
        "DROP VIEW emails",
        "0021_email_view.sql: to be replayed because it made or changed view public.emails, but it changes view",
    ),
    "a column beside one that a later patch dropped": (
        "ALTER TABLE users DROP kept",
        (
            "0015_one.sql: to be replayed because it touches column public.users.old after 0014_two, which is to be "
            "replayed, but it drops column public.users.old"
        ),
    ),
    "a patch that would drop what a later one made": (
        "ALTER TABLE users DROP tidy",
        "0022_tidy.sql: replaying it would also touch table public.scratch; it was rolled",
    ),
    "a patch that would bring back what a later one dropped": (
        "ALTER TABLE users DROP new",
        "0024_legacy.sql: replaying it would also touch table public.legacy;",
    ),
    "a patch that would give back what a later one revoked": (
        "DROP SEQUENCE shared_numbers",
        "0026_shared.sql: replaying it would also touch table public.shared;",
    ),
    "a patch that would insert rows again that were deleted since": (
        "DELETE FROM kinds WHERE name = 'a'; DROP SEQUENCE kind_numbers",
        "0004_kinds.sql: replaying it would also touch table public.kinds;",
    ),
    "a patch that would make a view again and lose its privileges": (
        "ALTER TABLE users DROP summed",
        "0029_summary.sql: replaying it would also touch view public.summary;",
    ),
    "a patch that would make a view again and lose its owner": (
        f"ALTER TABLE users DROP summed; {SUMMARY_AGAIN}; ALTER VIEW summary OWNER TO pg_monitor",
        "0029_summary.sql: replaying it would also touch view public.summary;",
    ),
    "a patch that would empty a table": (
        "ALTER TABLE users DROP emptied",
        "0030_empties.sql: replaying it would also touch table public.bin;",
    ),
    "a patch that would set a sequence back behind its own text": (
        "ALTER TABLE users DROP counted",
        "0032_counts.sql: replaying it would also touch sequence public.counter;",
    ),
    "a patch that would set a sequence back": (
        "ALTER TABLE users DROP number",
        (
            "0028_numbered.sql:2: to be replayed because it made or changed column public.users.number, but it sets "
            "the next number of a sequence"
        ),
    ),
    "a patch that would revert what was changed by hand": (
        (
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            "DROP TRIGGER users_touch ON users"
        ),
        "0010_touch.sql: replaying it would also touch function public.touch();",
    ),
    "a patch that would also make what was renamed": (
        "ALTER TABLE users RENAME seen TO last_seen; DROP VIEW callers; ALTER TABLE users DROP phone",
        (
            "0001_phone.sql: to be replayed because it made or changed column public.users.phone, but it would also "
            "bring back column public.users.seen: it looks as if it had been renamed"
        ),
    ),
}

LEFT: dict[str, tuple[str, ...]] = {
    "a constraint that was renamed": (
        "ALTER TABLE notes RENAME CONSTRAINT notes_kind TO kind_of_notes",
        "extra constraint public.notes.kind_of_notes | what is extra",
        "missing constraint public.notes.notes_kind | it is there under another name, as constraint public.notes.kind_",
    ),
    "an index that was renamed": (
        "ALTER INDEX users_by_phone RENAME TO phones",
        "extra index public.phones | what is extra",
        "missing index public.users_by_phone | it is there under another name, as index public.phones",
    ),
    # what happened, then each difference with the reason why nothing was done
    "a column of the baseline": (
        "ALTER TABLE users DROP age",
        "missing column public.users.age | the baseline made it",
    ),
    "a type": ("ALTER TABLE users ALTER tidy TYPE varchar(9)", "changed column public.users.tidy | what was changed"),
    "something extra": ("CREATE TABLE odd ()", "extra table public.odd | what is extra"),
    "a column that was renamed": (
        "ALTER TABLE users RENAME tidy TO neat",
        "extra column public.users.neat | what is extra",
        "missing column public.users.tidy | it looks as if it had been renamed to column public.users.neat",
    ),
    "a table that was renamed": (
        "ALTER TABLE app.flags RENAME TO switches",
        "missing table app.flags | it looks as if it had been renamed to table app.switches",
        "extra table app.switches | what is extra",
    ),
    "a table that was moved": (
        "ALTER TABLE app.flags SET SCHEMA public",
        "missing table app.flags | it looks as if it had been renamed to table public.flags",
        "extra table public.flags | what is extra",
    ),
    "a view in whose place a table is": (
        "DROP VIEW callers; CREATE TABLE callers (a integer)",
        "extra table public.callers | what is extra",
        "missing view public.callers | table public.callers is in its place",
    ),
}
