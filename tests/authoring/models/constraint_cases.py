"""The same for constraints, indexes and types."""

from __future__ import annotations

from tests.authoring.models.column_cases import MISSING, USERS, Case

FOUND_CHECKS = "d_check CHECK ((VALUE <> 5)), x CHECK ((VALUE > 0))"
CHECKS = "d_check CHECK ((VALUE > 0)), d_check1 CHECK ((VALUE < 9))"
FOREIGN_KEY = "constraint public.t.t_u_fkey: definition"


def table(models: str, patches: str, *problems: str, after: str = "") -> Case:
    """Constraints and indexes of a table; `after` is what the patches do to it."""
    start = "CREATE TABLE t (id int NOT NULL, a text, b text{}); {}"
    return Case(start.format(models, ""), start.format(patches, after), problems)


def index(models: str, patches: str, *problems: str) -> Case:
    """Indexes of a table, each side as statements."""
    start = "CREATE TABLE t (id int NOT NULL, a text, b text);"
    return Case(start + models, start + patches, problems)


CASES = {
    # constraints
    "primary key of another name": table(", PRIMARY KEY (id)", ", CONSTRAINT pk_t PRIMARY KEY (id)"),
    "named primary key of another name": table(
        ", CONSTRAINT pk_t PRIMARY KEY (id)", ", CONSTRAINT t_key PRIMARY KEY (id)"
    ),
    "primary key of other columns": table(
        ", PRIMARY KEY (id)",
        ", CONSTRAINT other PRIMARY KEY (id, a)",
        "column public.t.a: nullable is false, expected true",
        "constraint public.t.t_pkey: definition is PRIMARY KEY (id, a), expected PRIMARY KEY (id)",
    ),
    "no primary key": table(
        ", PRIMARY KEY (id)",
        ", CONSTRAINT t_pkey UNIQUE (id)",
        "constraint public.t.t_pkey: definition is UNIQUE (id), expected PRIMARY KEY (id)",
    ),
    "unnamed constraint under any name": table(
        ", CHECK (id > 0), UNIQUE (a)", ", CONSTRAINT positive CHECK (id > 0), CONSTRAINT u UNIQUE (a)"
    ),
    "named constraint under another name": table(
        ", CONSTRAINT positive CHECK (id > 0)",
        ", CHECK (id > 0)",
        "constraint public.t.positive: the patches have it as constraint public.t.t_id_check",
    ),
    "named constraint that is another one": table(
        ", CONSTRAINT positive CHECK (id > 0)",
        ", CONSTRAINT positive CHECK (id >= 0)",
        "constraint public.t.positive: definition is CHECK ((id >= 0)), expected CHECK ((id > 0))",
    ),
    "missing constraint": table(
        ", CHECK (id > 0)",
        "",
        f"constraint public.t.t_id_check: {MISSING} (definition CHECK ((id > 0)), validated true)",
    ),
    "constraint that is not validated": table(
        ", CHECK (id > 0)", "", after="ALTER TABLE t ADD CONSTRAINT p CHECK (id > 0) NOT VALID"
    ),
    "constraint of the patches": table("", ", CHECK (id > 0), UNIQUE (a), EXCLUDE (a WITH =)"),
    "same check in other words": table(", CHECK (a IN ('x', 'y'))", ", CHECK (a = ANY (ARRAY['x', 'y']))"),
    "same check as pg_dump prints it": table(
        ", CHECK (c IN ('x', 'y')), c varchar(9)",
        ", CHECK (((c)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))), c varchar(9)",
    ),
    "named check in other words": table(
        ", CONSTRAINT k CHECK (id > 1), CONSTRAINT l CHECK (id > 2)",
        ", CONSTRAINT k CHECK (id > 0 + 1), CONSTRAINT l CHECK (id > 2)",
    ),
    "named check in other words under another name": table(
        ", CONSTRAINT k CHECK (id > 1)",
        ", CONSTRAINT m CHECK (id > 0 + 1)",
        "constraint public.t.k: the patches have it as constraint public.t.m",
    ),
    "check that is not inherited": table(
        ", CHECK (id > 1)",
        ", CHECK (id > 0 + 1) NO INHERIT",
        "constraint public.t.t_id_check: definition is CHECK ((id > 1)) NO INHERIT, expected CHECK ((id > 1))",
    ),
    "checks that cannot be told": table(
        ", CHECK (id > 1 / 0)",
        ", x int, CHECK (x > 1)",
        f"constraint public.t.t_id_check: {MISSING} (definition CHECK ((id > (1 / 0))), validated true)",
    ),
    "unique constraint and unique index": table(
        ", UNIQUE (a, b)", "", after="CREATE UNIQUE INDEX any_name ON t (a, b)"
    ),
    "named unique constraint and unique index of its name": table(
        ", CONSTRAINT u UNIQUE (a)", "", after="CREATE UNIQUE INDEX u ON t (a)"
    ),
    "named unique constraint and unique index of another name": table(
        ", CONSTRAINT u UNIQUE (a)",
        "",
        "constraint public.t.u: the patches have it as index public.v",
        after="CREATE UNIQUE INDEX v ON t (a)",
    ),
    "unique constraint and partial index": table(
        ", UNIQUE (a)",
        "",
        f"constraint public.t.t_a_key: {MISSING} (definition UNIQUE (a), validated true)",
        after="CREATE UNIQUE INDEX u ON t (a) WHERE id > 0",
    ),
    "unique constraint and index that is not unique": table(
        ", UNIQUE (a)",
        "",
        f"constraint public.t.t_a_key: {MISSING} (definition UNIQUE (a), validated true)",
        after="CREATE INDEX u ON t (a)",
    ),
    "unique constraint with columns and nulls": table(
        ", UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b)",
        "",
        after="CREATE UNIQUE INDEX u ON t (a) INCLUDE (b) NULLS NOT DISTINCT",
    ),
    "unique constraint where nulls are distinct": table(
        ", UNIQUE (a)",
        ", UNIQUE NULLS NOT DISTINCT (a)",
        "constraint public.t.t_a_key: definition is UNIQUE NULLS NOT DISTINCT (a), expected UNIQUE (a)",
    ),
    "deferrable unique constraint": table(
        ", UNIQUE (a) DEFERRABLE",
        "",
        f"constraint public.t.t_a_key: {MISSING} (definition UNIQUE (a) DEFERRABLE, validated true)",
        after="CREATE UNIQUE INDEX u ON t (a)",
    ),
    "foreign key": Case(
        USERS + "; CREATE TABLE t (u bigint REFERENCES users ON DELETE CASCADE)",
        USERS + "; CREATE TABLE t (u bigint REFERENCES users)",
        (f"{FOREIGN_KEY} is …CES public.users(id), expected …CES public.users(id) ON DELETE CASCADE",),
    ),
    # indexes
    "index under any name": index("CREATE INDEX ix_t_a ON t (a)", "CREATE INDEX t_a_idx ON t (a)"),
    "missing index": index(
        "CREATE INDEX i ON t (a)",
        "",
        f"index public.i: {MISSING} (definition CREATE INDEX i ON public.t USING btree (a), valid true)",
    ),
    "index of the same name on other columns": index(
        "CREATE INDEX i ON t (a)",
        "CREATE INDEX i ON t (b)",
        "index public.i: definition is CREATE INDEX i ON public.t USING btree (b), "
        "expected CREATE INDEX i ON public.t USING btree (a)",
    ),
    "index on another table": index(
        "CREATE INDEX i ON t (a)",
        "CREATE TABLE u (a text); CREATE INDEX i ON u (a)",
        "index public.i: definition is CREATE INDEX i ON public.u USING btree (a), "
        "expected CREATE INDEX i ON public.t USING btree (a)",
    ),
    "index and unique index": index("CREATE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON t (a)"),
    "index and unique constraint": index("CREATE INDEX i ON t (a)", "ALTER TABLE t ADD UNIQUE (a)"),
    "unique index and unique constraint": index("CREATE UNIQUE INDEX i ON t (a)", "ALTER TABLE t ADD UNIQUE (a)"),
    "unique index and primary key": index("CREATE UNIQUE INDEX i ON t (id)", "ALTER TABLE t ADD PRIMARY KEY (id)"),
    "unique index and deferrable constraint": index(
        "CREATE UNIQUE INDEX i ON t (a)",
        "ALTER TABLE t ADD UNIQUE (a) DEFERRABLE",
        f"index public.i: {MISSING} (definition CREATE UNIQUE INDEX i ON public.t USING btree (a), valid true)",
    ),
    "unique index and index": index(
        "CREATE UNIQUE INDEX i ON t (a)",
        "CREATE INDEX i ON t (a)",
        "index public.i: definition is CREATE INDEX i ON public.t USING btree (a), "
        "expected CREATE UNIQUE INDEX i ON public.t USING btree (a)",
    ),
    "storage parameters of the patches": index(
        "CREATE INDEX i ON t (a) WHERE id > 0", "CREATE INDEX i ON t (a) WITH (fillfactor = 70) WHERE id > 0"
    ),
    "storage parameters of the models": index(
        "CREATE INDEX i ON t (a) WITH (fillfactor = 70)",
        "CREATE INDEX i ON t (a)",
        "index public.i: definition is …ic.t USING btree (a), expected …ic.t USING btree (a) WITH (fillfactor='70')",
    ),
    "partial index in other words": index(
        "CREATE INDEX i ON t (a) WITH (fillfactor = 70) WHERE id > 1 AND a IN ('x', 'y')",
        "CREATE INDEX i ON t (a) WITH (fillfactor = 70) WHERE id > 0 + 1 AND a = ANY ('{x,y}'::text[])",
    ),
    "unique partial index in other words": index(
        "CREATE UNIQUE INDEX i ON t (a) NULLS NOT DISTINCT WHERE id > 1",
        "CREATE UNIQUE INDEX i ON t (a) NULLS NOT DISTINCT WHERE id > 0 + 1",
    ),
    "index that is invalid": index(
        "CREATE INDEX i ON t (a)",
        "CREATE INDEX i ON t (a); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
        "index public.i: valid is false, expected true",
    ),
    "indexes of hostile names": Case(
        'CREATE TABLE "a.b"" c" ("x y" int); CREATE INDEX "i ON x.y USING" ON "a.b"" c" ("x y")',
        'CREATE TABLE "a.b"" c" ("x y" int); CREATE INDEX other ON "a.b"" c" ("x y")',
    ),
    # types
    "enum": Case("CREATE TYPE m AS ENUM ('a', 'b')", "", (f"enum public.m: {MISSING} (labels a, b)",)),
    "enum with more labels in the patches": Case(
        "CREATE TYPE m AS ENUM ('a', 'c')", "CREATE TYPE m AS ENUM ('0', 'a', 'b', 'c')"
    ),
    "enum with a missing label": Case(
        "CREATE TYPE m AS ENUM ('a', 'b')",
        "CREATE TYPE m AS ENUM ('a')",
        ("enum public.m: labels is a, expected a, b",),
    ),
    "enum in another order": Case(
        "CREATE TYPE m AS ENUM ('a', 'b')",
        "CREATE TYPE m AS ENUM ('b', 'a')",
        ("enum public.m: labels is b, a, expected a, b",),
    ),
    "domain": Case(
        "CREATE DOMAIN d AS int CHECK (VALUE > 0) CHECK (VALUE < 9)",
        "CREATE DOMAIN d AS int CONSTRAINT x CHECK (VALUE > 0) CHECK (VALUE <> 5)",
        (f"domain public.d: checks is {FOUND_CHECKS}, expected {CHECKS}",),
    ),
    "domain with more checks in the patches": Case(
        "CREATE DOMAIN d AS int CHECK (VALUE > 0)",
        "CREATE DOMAIN d AS int CONSTRAINT x CHECK (VALUE > 0) CHECK (VALUE < 9)",
    ),
    "sequence": Case("CREATE SEQUENCE s", "", (f"sequence public.s: {MISSING} (type bigint)",)),
    "sequence of another type": Case(
        "CREATE SEQUENCE s", "CREATE SEQUENCE s AS int", ("sequence public.s: type is integer, expected bigint",)
    ),
    "view of the models": Case(
        "CREATE VIEW v AS SELECT 1 AS a",
        "CREATE VIEW v AS SELECT 2 AS a",
        ("view public.v: definition is SELECT 2 AS a, expected SELECT 1 AS a",),
    ),
}
