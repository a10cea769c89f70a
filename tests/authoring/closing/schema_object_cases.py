"""What stands beside tables: schemas, extensions, types, sequences, functions, triggers and views."""

from __future__ import annotations

from tests.authoring.closing.case import USERS, Case

SCHEMA_OBJECTS = {
    "an extension and a type of it": Case(
        "",
        "CREATE EXTENSION hstore; CREATE TABLE t (a hstore DEFAULT '')",
        ("closing",),
        ("CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;", "a public.hstore DEFAULT ''::public.hstore"),
    ),
    "schemas, types and sequences": Case(
        "",
        "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok'); CREATE SEQUENCE app.ticket INCREMENT 5;"
        "CREATE DOMAIN app.email AS text CHECK (VALUE LIKE '%@%'); CREATE TYPE app.pair AS (a int, b app.mood);"
        "CREATE TABLE app.t (mood app.mood NOT NULL DEFAULT 'sad', n bigint DEFAULT nextval('app.ticket'), e app.email,"
        "  p app.pair)",
        ("closing",),
        (
            "CREATE SCHEMA IF NOT EXISTS app;",
            "IF NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = 'app'::regnamespace AND typname = 'mood') THEN\n",
            "        CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok');\n    END IF;\nEND $$;",
            "CREATE SEQUENCE IF NOT EXISTS app.ticket AS bigint INCREMENT 5;",
            "n bigint DEFAULT nextval('app.ticket'::regclass)",
        ),
    ),
    "values of an enum": Case(
        f"CREATE TYPE mood AS ENUM ('ok', 'odd', 'glad'); {USERS.format(', mood mood')}",
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'calm', 'glad', 'wild', 'wilder');"
        + USERS.format(", mood mood, \"then\" mood NOT NULL DEFAULT 'sad'"),
        ("closing_mood", "closing_users"),
        (
            "ADD VALUE IF NOT EXISTS 'sad' BEFORE 'ok';",
            "ADD VALUE IF NOT EXISTS 'calm' BEFORE 'odd';",
            "ADD VALUE IF NOT EXISTS 'wild';",
            "ADD VALUE IF NOT EXISTS 'wilder';",
            """ADD COLUMN IF NOT EXISTS "then" public.mood DEFAULT 'sad'::public.mood NOT NULL;""",
        ),
    ),
    "values of an enum in another order": Case(
        "CREATE TYPE mood AS ENUM ('ok', 'sad')",
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad')",
        (),
        (),
        ("enum public.mood: labels is ok, sad, expected sad, ok, glad",),
    ),
    "a function and its triggers": Case(
        USERS.format(""),
        "CREATE FUNCTION key() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';"
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        f"{USERS.format('')}; CREATE TABLE notes (id text DEFAULT key());"
        "CREATE FUNCTION notes() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM notes';"
        "CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();"
        "CREATE TRIGGER notes_touch BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch();"
        "CREATE CONSTRAINT TRIGGER users_ct AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();"
        "CREATE CONSTRAINT TRIGGER notes_ct AFTER UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch()",
        ("closing_new", "closing_users"),
        (
            "CREATE OR REPLACE FUNCTION public.key()",
            "CREATE TABLE IF NOT EXISTS public.notes",
            "CREATE OR REPLACE FUNCTION public.notes()",
            "CREATE OR REPLACE TRIGGER notes_touch BEFORE UPDATE ON public.notes",
            "CREATE OR REPLACE TRIGGER users_touch BEFORE UPDATE ON public.users",
        ),
        (
            "trigger public.users.users_ct: is a constraint trigger",
            "trigger public.notes.notes_ct: is a trigger that cannot be made twice",
        ),
    ),
    "a view": Case(
        USERS.format(""),
        f"{USERS.format('')}; CREATE VIEW people AS SELECT id FROM users",
        (),
        (),
        ("view public.people: no patch makes it, and a view may say more than its text; write a patch for it by hand",),
    ),
}
