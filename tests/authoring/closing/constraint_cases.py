"""Keys, checks, foreign keys and indexes."""

from __future__ import annotations

from tests.authoring.closing.case import TEAMS, USERS, Case, columns

CONSTRAINTS = {
    "a column that must be unique": columns(
        "nickname text UNIQUE",
        files=("closing_users", "closing_users_nickname_key", "closing_users_nickname_key"),
        holds=(
            "DO $$ BEGIN\n"
            "    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'public.users'::regclass"
            " AND conname = 'users_nickname_key') THEN\n        ALTER TABLE public.users"
            " ADD CONSTRAINT users_nickname_key UNIQUE USING INDEX users_nickname_key;\n    END IF;\nEND $$;"
        ),
    ),
    "a key of a column that all rows get one value in": columns(
        "slug text NOT NULL DEFAULT '' UNIQUE",
        decisions="constraint public.users.users_slug_key: is unique, and adding slug gives all rows",
    ),
    "a key of two such columns": columns(
        "a int DEFAULT 1, b timestamptz NOT NULL DEFAULT now(), UNIQUE (a, b)",
        decisions="constraint public.users.users_a_b_key: is unique, and adding a, b gives all rows",
    ),
    "a key that counts nulls as one value": columns(
        "nickname text, UNIQUE NULLS NOT DISTINCT (nickname)",
        decisions="constraint public.users.users_nickname_key: is unique, and adding nickname gives all rows",
    ),
    "a unique index of an expression over one": Case(
        USERS.format(""),
        USERS.format(", slug text NOT NULL DEFAULT ''") + "; CREATE UNIQUE INDEX users_slug ON users (lower(slug))",
        ("closing",),
        (),
        ("index public.users_slug: is unique, and adding slug gives all rows",),
    ),
    "a key with a column of its own for each row": Case(
        USERS.format(""),
        USERS.format(", tenant int NOT NULL DEFAULT 1, UNIQUE (tenant, id)"),
        ("closing_users", "closing_users_tenant_id_key", "closing_users_tenant_id_key"),
    ),
    "a unique index over some rows": Case(
        USERS.format(""),
        USERS.format(", slug text NOT NULL DEFAULT ''") + "; CREATE UNIQUE INDEX users_slug ON users (slug) "
        "WHERE slug <> ''",
        ("closing_users", "closing_users_slug"),
    ),
    "keys of every kind": Case(
        "CREATE TABLE t (a int NOT NULL, b int, c int)",
        "CREATE TABLE t (a int PRIMARY KEY, b int, c int, UNIQUE (b, a) INCLUDE (c) DEFERRABLE INITIALLY DEFERRED,"
        "UNIQUE NULLS NOT DISTINCT (c))",
        tuple(f"closing_{key}" for key in ("t_b_a_c_key", "t_c_key", "t_pkey") for _ in range(2)),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_b_a_c_key ON public.t (b, a) INCLUDE (c);",
            "UNIQUE USING INDEX t_b_a_c_key DEFERRABLE INITIALLY DEFERRED;",
            "t_c_key ON public.t (c) NULLS NOT DISTINCT;",
            "PRIMARY KEY USING INDEX t_pkey;",
        ),
    ),
    "a primary key of a column that takes nulls": Case(
        "CREATE TABLE t (a int)",
        "CREATE TABLE t (a int PRIMARY KEY)",
        (),
        (),
        (
            "column public.t.a: nullable is true, expected false",
            "constraint public.t.t_pkey: needs columns that are NOT NULL already",
        ),
    ),
    "an exclusion": Case(
        "CREATE TABLE t (a int4range)",
        "CREATE TABLE t (a int4range, EXCLUDE USING gist (a WITH &&))",
        (),
        (),
        ("constraint public.t.t_a_excl: excludes rows",),
    ),
    "names that are taken": Case(
        "CREATE TABLE t (a int, b int, c int); CREATE SEQUENCE t_a_key; CREATE INDEX t_b_key ON t (a);"
        "CREATE TABLE o (a int CONSTRAINT t_c UNIQUE)",
        "CREATE TABLE t (a int UNIQUE, b int UNIQUE, c int); CREATE INDEX t_c ON t (c); CREATE TABLE t_new (x text)",
        ("closing",),
        ("CREATE TABLE IF NOT EXISTS public.t_new",),
        (
            "constraint public.t.t_a_key: its name is taken by sequence public.t_a_key; write a patch for it by hand",
            "constraint public.t.t_b_key: its name is taken by index public.t_b_key",
            "index public.t_c: its name is taken by constraint public.o.t_c",
        ),
    ),
    "indexes": Case(
        USERS.format(""),
        f"{USERS.format('')}; CREATE INDEX b ON users (lower(email) DESC) WHERE id > 5;"
        "CREATE UNIQUE INDEX a ON users USING btree (email text_pattern_ops) INCLUDE (id)",
        ("closing_a", "closing_b"),
        (
            "IF NOT EXISTS a ON public.users USING btree (email text_pattern_ops) INCLUDE (id);",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS b ON public.users USING btree (lower(email) DESC) WHERE (id > 5);",
        ),
    ),
    "checks and foreign keys": Case(
        f"{USERS.format(', team_id bigint')}; {TEAMS.format('')}",
        f"{TEAMS.format('')};"
        + USERS.format(", team_id bigint REFERENCES teams ON DELETE CASCADE CHECK (team_id > 0)"),
        ("closing_users", "closing_users_validate"),
        (
            "ADD CONSTRAINT users_team_id_check CHECK ((team_id > 0)) NOT VALID;",
            "FOREIGN KEY (team_id) REFERENCES public.teams(id) ON DELETE CASCADE NOT VALID;",
            "ALTER TABLE public.users VALIDATE CONSTRAINT users_team_id_check;",
            "ALTER TABLE public.users VALIDATE CONSTRAINT users_team_id_fkey;",
        ),
    ),
    "a foreign key to a key that is yet to be built": Case(
        f"{USERS.format('')}; {TEAMS.format('')}",
        f"{TEAMS.format(' UNIQUE')}; {USERS.format(', team text REFERENCES teams (code)')};"
        "CREATE TABLE flags (team text REFERENCES teams (code), id int)",
        (
            "closing_new",
            "closing_users",
            "closing_teams_code_key",
            "closing_teams_code_key",
            "closing_flags",
            "closing_flags_validate",
            "closing_users",
            "closing_users_validate",
        ),
        (
            "CREATE TABLE IF NOT EXISTS public.flags (\n    team text,\n    id integer\n);",
            "ADD CONSTRAINT flags_team_fkey FOREIGN KEY (team) REFERENCES public.teams(code) NOT VALID;",
            "ADD CONSTRAINT users_team_fkey FOREIGN KEY (team) REFERENCES public.teams(code) NOT VALID;",
        ),
    ),
    "a foreign key to another key than the one that is yet to be built": Case(
        TEAMS.format(""),
        f"{TEAMS.format(' UNIQUE')}; CREATE TABLE flags (team bigint REFERENCES teams)",
        ("closing_new", "closing_teams_code_key", "closing_teams_code_key"),
        ("CONSTRAINT flags_team_fkey FOREIGN KEY (team) REFERENCES public.teams(id)",),
    ),
}
