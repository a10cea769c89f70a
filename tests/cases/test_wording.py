"""Expressions that the server prints in other words after a reload are no difference; others still are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.database_url import parse_database_url
from tests.acceptance.restored import restore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import DatabaseShell

pytestmark = pytest.mark.slow

BASELINE = """
CREATE SCHEMA app;
CREATE DOMAIN app.grade AS varchar(3) DEFAULT upper('b'::varchar) CHECK (VALUE IN ('A', 'B'));
CREATE FUNCTION app.log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION app.is_open(state varchar) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN state IN ('new', 'paid');
CREATE TABLE app."Orders" (
    id bigint PRIMARY KEY,
    n int CHECK (n BETWEEN 1 AND 5 AND n <> 3),
    state varchar(20) NOT NULL DEFAULT CASE WHEN current_user::varchar IN ('a', 'b') THEN 'new' ELSE 'paid' END
        CHECK (state IN ('new', 'paid', 'sent')),
    is_open boolean GENERATED ALWAYS AS (state IN ('new', 'paid')) STORED
);
ALTER TABLE app."Orders" ADD CONSTRAINT one EXCLUDE USING btree (n WITH =) WHERE (state IN ('new', 'paid'));
CREATE INDEX orders_open ON app."Orders" (id, (state IN ('new', 'paid'))) WHERE state IN ('new', 'paid');
CREATE VIEW app.open_orders AS SELECT id FROM app."Orders" WHERE state IN ('new', 'paid') AND n BETWEEN 1 AND 5;
CREATE MATERIALIZED VIEW app.open_totals AS SELECT n, count(*) AS c FROM app."Orders"
    WHERE state IN ('new', 'paid') GROUP BY n;
CREATE TRIGGER log BEFORE UPDATE OF state ON app."Orders" FOR EACH ROW
    WHEN (new.state IN ('new', 'paid') AND old.n BETWEEN 1 AND 5 AND old.n <> 3) EXECUTE FUNCTION app.log();
CREATE RULE keep AS ON DELETE TO app."Orders" WHERE old.state IN ('new', 'paid') DO INSTEAD NOTHING;
ALTER TABLE app."Orders" ENABLE ROW LEVEL SECURITY;
CREATE POLICY open_only ON app."Orders" FOR UPDATE USING (state IN ('new', 'paid'))
    WITH CHECK (n BETWEEN 1 AND 5 AND EXISTS (
        SELECT FROM app."Orders" o WHERE o.n = "Orders".n AND o.state IN ('new', 'b')));
CREATE TABLE app.log (state varchar(9), at date) PARTITION BY LIST ((state IN ('new', 'paid')));
CREATE TABLE app.log_open PARTITION OF app.log FOR VALUES IN (true);
"""
PATCH = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'short') THEN
        ALTER TABLE app."Orders" ADD CONSTRAINT short CHECK (state IN ('new', 'old') OR n BETWEEN 1 AND 5) NOT VALID;
    END IF;
END $$;
CREATE OR REPLACE VIEW app.late AS SELECT id FROM app."Orders" WHERE state IN ('late', 'later');
"""
OTHERS = {
    "check": (
        """ALTER TABLE app."Orders" DROP CONSTRAINT short,
            ADD CONSTRAINT short CHECK (state IN ('new', 'odd') OR n BETWEEN 1 AND 5) NOT VALID""",
        'changed constraint app."Orders".short',
    ),
    "default": (
        """ALTER TABLE app."Orders" ALTER state SET DEFAULT
            CASE WHEN current_user::varchar IN ('a', 'x') THEN 'new' ELSE 'paid' END""",
        'changed column app."Orders".state',
    ),
    "view": (
        "CREATE OR REPLACE VIEW app.late AS SELECT id FROM app.\"Orders\" WHERE state IN ('late', 'last')",
        "changed view app.late",
    ),
    "index": (
        """DROP INDEX app.orders_open; CREATE INDEX orders_open ON app."Orders" (id, (state IN ('new', 'paid')))
            WHERE state IN ('new', 'sent')""",
        "changed index app.orders_open",
    ),
    "trigger": (
        """CREATE OR REPLACE TRIGGER log BEFORE UPDATE OF state ON app."Orders" FOR EACH ROW
            WHEN (new.state IN ('new', 'sent') AND old.n BETWEEN 1 AND 5 AND old.n <> 3) EXECUTE FUNCTION app.log()""",
        'changed trigger app."Orders".log',
    ),
    "domain": (
        """ALTER DOMAIN app.grade DROP CONSTRAINT grade_check;
            ALTER DOMAIN app.grade ADD CONSTRAINT grade_check CHECK (VALUE IN ('A', 'C'))""",
        "changed domain app.grade",
    ),
    "policy": (
        """ALTER POLICY open_only ON app."Orders" USING (state IN ('new', 'sent'))""",
        'changed policy app."Orders".open_only',
    ),
    "function": (
        """CREATE OR REPLACE FUNCTION app.is_open(state varchar) RETURNS boolean LANGUAGE sql IMMUTABLE
            RETURN state IN ('new', 'sent')""",
        "changed function app.is_open(character varying)",
    ),
    "rule": (
        """CREATE OR REPLACE RULE keep AS ON DELETE TO app."Orders" WHERE old.state IN ('new', 'sent')
            DO INSTEAD NOTHING""",
        'changed rule app."Orders".keep',
    ),
}


@pytest.fixture
def copied(database: DatabaseShell, postgres_server: EmbeddedPostgres) -> Iterator[DatabaseShell]:
    """A database with every patch, restored from a dump of the one that they were applied to."""
    database.query(BASELINE)
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_more", PATCH)
    assert database.on_patches("lock").code == 0
    assert database.on_database("apply").code == 0
    original = parse_database_url(database.url).settings.name
    copy = f"{original}_copy"
    postgres_server.create_database(copy)
    restore(postgres_server, original, postgres_server, copy)
    database.url = postgres_server.url(copy)
    yield database
    postgres_server.drop_database(copy)


def test_a_restored_copy_has_no_drift_verifies_and_has_nothing_to_repair(copied: DatabaseShell) -> None:
    assert copied.on_database("drift").out == "no drift\n"
    assert copied.on_database("verify").code == 0
    assert copied.on_database("repair", "--dry-run").code == 0


def test_what_was_really_changed_in_a_restored_copy_is_the_only_drift(copied: DatabaseShell) -> None:
    for sql, _ in OTHERS.values():
        copied.query(sql)
    drift = copied.on_database("drift")
    assert (drift.code, drift.out.splitlines()[-1]) == (3, f"{len(OTHERS)} differences: {len(OTHERS)} changed")
    assert all(f"{difference}: " in drift.out for _, difference in OTHERS.values())
    assert copied.on_database("verify").code == 3


def test_a_baseline_of_a_database_makes_all_that_it_has(database: DatabaseShell) -> None:
    database.query(BASELINE)
    for via in ("pg_dump", "snapshot"):
        assert database.on_database("baseline", "--via", via, "--force").code == 0, via
        database.patches.patch("0001_q", "CREATE TABLE IF NOT EXISTS q (id int);")
        assert database.on_patches("lock").code == 0
        assert database.on_database("drift").out == "no drift; 1 patch is pending\n"


def test_a_partition_without_its_parents_default_comes_back_from_a_baseline(database: DatabaseShell) -> None:
    database.query(
        "CREATE TABLE p (id int NOT NULL, at timestamp(3) DEFAULT now(), v varchar(3) DEFAULT 'x')"
        "PARTITION BY RANGE (id);"
        "CREATE TABLE p1 (id int NOT NULL, at timestamp(3), v varchar(3));"
        "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (10)"
    )
    assert database.on_database("baseline", "--via", "pg_dump", "--force").code == 0
    database.patches.patch("0001_q", "CREATE TABLE IF NOT EXISTS q (id int);")
    assert database.on_patches("lock").code == 0
    assert database.on_database("drift").out == "no drift; 1 patch is pending\n"
    database.query("ALTER TABLE p1 ALTER v SET DEFAULT 'y'")
    assert database.on_database("drift").code == 3
