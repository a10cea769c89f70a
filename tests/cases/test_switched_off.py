"""What is there and does not work: foreign keys and triggers that are off, materialized views without rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell

BASELINE = """
CREATE TABLE a (id bigint PRIMARY KEY);
CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint REFERENCES a (id));
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TABLE p (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TRIGGER stamp BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM b;
"""


def test_drift_names_what_is_switched_off(database: DatabaseShell) -> None:
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_notes", "CREATE TABLE IF NOT EXISTS notes (id bigint PRIMARY KEY);")
    database.query(BASELINE)
    assert database.on_patches("lock").code == 0
    assert database.on_database("apply").code == 0
    assert database.on_database("drift").code == 0
    database.query("ALTER TABLE b DISABLE TRIGGER ALL; INSERT INTO b VALUES (1, 42)")
    database.query("ALTER TABLE p1 DISABLE TRIGGER stamp; REFRESH MATERIALIZED VIEW totals WITH NO DATA")
    printed = database.on_database("drift")
    assert printed.code == 3
    assert printed.out.splitlines() == [
        "changed constraint public.b.b_a_id_fkey: enforcement is disabled on public.b, expected none (baseline)",
        "changed table public.p1: inherited_triggers is trigger stamp disabled, expected none (baseline)",
        "changed materialized view public.totals: populated is false, expected none (baseline)",
        "3 differences: 3 changed",
    ]
    database.query("ALTER TABLE b ENABLE TRIGGER ALL; ALTER TABLE p1 ENABLE TRIGGER stamp")
    database.query("REFRESH MATERIALIZED VIEW totals")
    assert database.on_database("drift").code == 0
