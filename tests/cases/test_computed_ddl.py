"""DDL that a patch computes: from the clock, from rows, by chance. What is the same everywhere is verified as ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell

BASELINE = """
CREATE TABLE ev (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE tenants (id bigint PRIMARY KEY, name text);
CREATE FUNCTION day_of(at timestamptz) RETURNS text LANGUAGE sql AS $$ SELECT to_char(at, 'YYYYMMDDHH24MISSUS') $$;
CREATE FUNCTION make_partition() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'ev'::regclass) THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF ev FOR VALUES FROM (%L) TO (%L)',
                       'ev_' || day_of(CURRENT_TIMESTAMP), now(), now() + interval '1 day');
    END IF;
END $$;
"""
NOTES = "CREATE TABLE IF NOT EXISTS notes (id bigint PRIMARY KEY, at timestamptz DEFAULT now());\n"
ONCE = "IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'ev'::regclass) THEN"
PARTITION = """
DO $$ BEGIN {once} EXECUTE format('CREATE TABLE %I PARTITION OF ev FOR VALUES FROM (%L) TO (%L)',
    'ev_' || {day}, {start}, {start} + interval '1 day'); END IF; END $$;
"""
US = "to_char({0}, 'YYYYMMDDHH24MISSUS')"
BY_CLOCK = {
    "now()": PARTITION.format(once=ONCE, day=US.format("now()"), start="now()"),
    "CURRENT_TIMESTAMP": PARTITION.format(once=ONCE, day=US.format("CURRENT_TIMESTAMP(6)"), start="LOCALTIMESTAMP"),
    "clock_timestamp()": PARTITION.format(once=ONCE, day=US.format("pg_catalog.Clock_Timestamp ()"), start="now()"),
    "a function of the baseline": "SELECT make_partition();",
    "a function of the patch": (
        "CREATE OR REPLACE FUNCTION mine() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN "
        f"{ONCE} EXECUTE format('CREATE TABLE %I PARTITION OF ev DEFAULT', 'ev_' || {US.format('NOW()')}); END IF; "
        "END $f$;\nSELECT mine();"
    ),
    "a bound": "CREATE TABLE IF NOT EXISTS ev_x PARTITION OF ev FOR VALUES FROM (now()) TO ('9999-01-01');",
}


def lock(database: DatabaseShell, sql: str, *directives: str) -> str:
    """Prove a patch that also makes a table for certain; what lock says of it."""
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_p", NOTES + sql, *directives)
    printed = database.on_patches("lock", "--scratch", database.url)
    assert printed.code == 0, printed.err
    assert database.on_patches("lock", "--check", "--all", "--scratch", database.url).code == 0
    return printed.err


def apply(database: DatabaseShell, rows: str = "") -> None:
    database.query(BASELINE + rows)
    assert database.on_database("apply").code == 0


def is_true(database: DatabaseShell) -> None:
    """Nothing is wrong, until something is that the patch makes for certain."""
    assert database.on_database("verify").code == 0
    assert (database.on_database("drift").code, database.on_database("repair").code) == (0, 0)
    database.query("ALTER TABLE notes DROP COLUMN at; CREATE TABLE stray (id int)")
    assert "notes.at is not there" in database.on_database("verify").err
    drift = database.on_database("drift")
    assert drift.code == 3
    assert [line.split(" ")[:3] for line in drift.out.splitlines() if line.startswith(("missing", "extra"))] == [
        ["missing", "column", "public.notes.at"],
        ["extra", "table", "public.stray"],
    ]


IN_CI = ("now()", "a function of the baseline", "a bound")
CLOCKS = [pytest.param(sql, id=name, marks=() if name in IN_CI else pytest.mark.slow) for name, sql in BY_CLOCK.items()]


@pytest.mark.slow
@pytest.mark.experiment("F58")
@pytest.mark.parametrize("sql", CLOCKS)
def test_what_is_named_after_the_time_is_expected_of_no_other_database(database: DatabaseShell, sql: str) -> None:
    said = lock(database, sql)
    assert "depends on the clock" in said
    explained = database.on_patches("explain", "1").out
    assert "Not the same on every database" in explained
    assert "adds column public.notes.at default now()" in explained
    apply(database)
    assert "depends on the clock" in said
    is_true(database)


BY_ROWS = {
    "a loop over rows": "DO $$ DECLARE t bigint; BEGIN FOR t IN SELECT id FROM tenants LOOP "
    "EXECUTE format('CREATE TABLE IF NOT EXISTS log_%s (at timestamptz)', t); END LOOP; END $$;",
    "a schema for each row": "DO $$ DECLARE t bigint; BEGIN FOR t IN SELECT id FROM tenants LOOP "
    "EXECUTE format('CREATE SCHEMA IF NOT EXISTS tenant_%s', t); "
    "EXECUTE format('CREATE TABLE IF NOT EXISTS tenant_%s.log (at timestamptz)', t); END LOOP; END $$;",
    "a column where there are rows": "DO $$ BEGIN IF EXISTS (SELECT FROM tenants) THEN "
    "ALTER TABLE tenants ADD COLUMN IF NOT EXISTS plan text; END IF; END $$;",
}


@pytest.mark.slow
@pytest.mark.experiment("F59")
@pytest.mark.parametrize("sql", BY_ROWS.values(), ids=BY_ROWS)
def test_what_is_made_for_rows_is_expected_of_no_other_database(database: DatabaseShell, sql: str) -> None:
    assert "depends on the rows that are there" in lock(database, sql)
    apply(database, "INSERT INTO tenants VALUES (5), (76)")
    is_true(database)


@pytest.mark.experiment("F58")
def test_what_is_made_by_chance_is_expected_of_no_other_database(database: DatabaseShell) -> None:
    name = "replace(gen_random_uuid()::text, '-', '')"
    sql = f"EXECUTE format('CREATE TABLE %I PARTITION OF ev DEFAULT', 'ev_' || {name});"
    said = lock(database, f"DO $$ BEGIN {ONCE} {sql} END IF; END $$;")
    assert "table public.ev_* comes out otherwise each time" in said
    apply(database)
    is_true(database)


@pytest.mark.experiment("F58")
def test_a_default_that_the_server_reads_as_a_day_is_the_days_own(database: DatabaseShell) -> None:
    said = lock(database, "ALTER TABLE tenants ADD COLUMN IF NOT EXISTS since date DEFAULT 'today';")
    assert "default of column public.tenants.since depends on the clock" in said
    apply(database)
    database.query("ALTER TABLE tenants ALTER COLUMN since SET DEFAULT '2001-02-03'")
    assert database.on_database("drift").code == 0
    database.query("ALTER TABLE tenants ALTER COLUMN since TYPE timestamp")
    assert "type" in database.on_database("verify").err


ONLY_MENTIONED = {
    "stored calls": """
        CREATE OR REPLACE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.at = Now(); RETURN NEW; END $$;
        DO $$ BEGIN CREATE TABLE IF NOT EXISTS more (
            at timestamptz DEFAULT now(), day date DEFAULT CURRENT_DATE,
            CHECK (at < LOCALTIMESTAMP(3) + interval '1 day')
        ); END $$;""",
    "a view": """DO $$ BEGIN
        EXECUTE 'CREATE OR REPLACE VIEW recent AS SELECT * FROM ev WHERE at > now() - interval ''1 day''';
        END $$;""",
    "a label": "DROP TYPE IF EXISTS span; CREATE TYPE span AS ENUM ('today', 'week');",
    "values of rows": "UPDATE tenants SET name = now()::text WHERE name IS NULL;",
}


@pytest.mark.slow
@pytest.mark.parametrize("sql", ONLY_MENTIONED.values(), ids=ONLY_MENTIONED)
def test_what_only_mentions_the_time_is_the_same_everywhere(database: DatabaseShell, sql: str) -> None:
    assert "depends" not in lock(database, sql)


@pytest.mark.experiment("F59")
def test_rows_that_the_proof_generates_make_no_effect(database: DatabaseShell) -> None:
    database.patches.write(
        "baseline.sql",
        """CREATE TABLE tenants (id bigint PRIMARY KEY, name text);
        CREATE FUNCTION tenant_log() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN EXECUTE format('CREATE TABLE log_%s (at timestamptz)', NEW.id); RETURN NULL; END $$;
        CREATE TRIGGER tenant_log AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION tenant_log();""",
    )
    database.patches.patch("0001_notes", NOTES)
    database.patches.patch("0002_again", "ALTER TABLE notes ADD COLUMN IF NOT EXISTS text text;")
    assert database.on_patches("lock", "--scratch", database.url).err == ""
    assert "log_" not in (database.patches.path / "patches.lock.json").read_text().partition('"patches": {')[2]
    database.query((database.patches.path / "baseline.sql").read_text())
    assert database.on_database("apply").code == 0
    assert (database.on_database("verify").code, database.on_database("drift").code) == (0, 0)


@pytest.mark.experiment("F58")
def test_a_later_patch_on_the_parent_expects_nothing_of_such_partitions(database: DatabaseShell) -> None:
    database.patches.patch("0002_more", "ALTER TABLE ev ADD COLUMN IF NOT EXISTS kind text;")
    lock(database, BY_CLOCK["now()"])
    text = (database.patches.path / "patches.lock.json").read_text()
    assert '"public.ev_' not in text
    apply(database)
    database.query("CREATE TABLE ev_later PARTITION OF ev DEFAULT")
    assert (database.on_database("verify").code, database.on_database("drift").code) == (0, 0)
