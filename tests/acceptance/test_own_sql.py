"""Statements of ours call nothing that stands in a schema of the patches' path, however well it matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.adapters.postgres.examination import PostgresExamination
from rdspatch.core.database_url import parse_database_url
from rdspatch.engine.inspect import preflight, schema_of
from tests.samples import LIMITS, RUN

if TYPE_CHECKING:
    from tests.acceptance.target import Target

NONE = "transaction: none"
TRAPS = """
DO $traps$
DECLARE
    f record;
BEGIN
    -- Functions for types that the catalog converts before it calls its own.
    FOR f IN
        SELECT DISTINCT ON (p.proname, w.type)
               p.proname, w.type,
               CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END || format_type(p.prorettype, NULL) AS result
        FROM pg_proc AS p
        JOIN pg_type AS r ON r.oid = p.prorettype AND r.typtype <> 'p'
        CROSS JOIN (VALUES ('name'), ('regclass'), ('"char"'), ('aclitem[]')) AS w (type)
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.pronargs = 1
          AND p.proargtypes[0] IN ('text'::regtype, 'oid'::regtype)
          AND to_regprocedure(format('pg_catalog.%I(%s)', p.proname, w.type)) IS NULL
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
            f.proname, f.type, f.result, format('BEGIN RAISE EXCEPTION %L; END', 'trapped in ' || f.proname)
        );
    END LOOP;
    -- Operators for pairs of types that have none of their own.
    FOR f IN
        SELECT o.name, l.type AS "left", r.type AS "right", o.result, row_number() OVER () AS number
        FROM (VALUES ('=', 'boolean'), ('<>', 'boolean'), ('||', 'text')) AS o (name, result)
        CROSS JOIN (VALUES ('name'), ('oid'), ('regclass'), ('"char"'), ('text')) AS l (type)
        CROSS JOIN (VALUES ('name'), ('oid'), ('regclass'), ('"char"'), ('text')) AS r (type)
        WHERE to_regoperator(format('pg_catalog.%s(%s,%s)', o.name, l.type, r.type)) IS NULL
    LOOP
        EXECUTE format(
            'CREATE FUNCTION public.trap%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L',
            f.number, f.left, f.right, f.result, format('BEGIN RAISE EXCEPTION %L; END', 'trapped in ' || f.name)
        );
        EXECUTE format(
            'CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.trap%s)',
            f.name, f.left, f.right, f.number
        );
    END LOOP;
END
$traps$;
"""


@pytest.fixture
def trapped(table: Target) -> Target:
    """A table in a schema of the path in which somebody has set traps."""
    table.execute(TRAPS)
    return table


def test_the_traps_catch_what_the_catalogs_own_would_have_answered(trapped: Target) -> None:
    for call in ("quote_ident('a'::name)", "to_regclass('a'::name)", "'a'::name || 'b'::\"char\""):
        with pytest.raises(Exception, match="trapped in"):
            trapped.rows(f"SELECT {call}")


def test_apply_verify_and_a_second_run_call_none_of_them(trapped: Target) -> None:
    trapped.patch("0001_a", "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int")
    trapped.patch("0002_b", "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a)", NONE)
    trapped.patch("0003_c", "ALTER TABLE t ADD COLUMN IF NOT EXISTS d int;\nANALYZE t", NONE)
    trapped.apply()
    assert trapped.verify() == ("0001_a", "0002_b", "0003_c")


def test_an_index_that_is_built_again_calls_none_of_them(trapped: Target) -> None:
    trapped.execute("CREATE INDEX t_a ON t (a)")
    trapped.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a'::regclass::oid")
    trapped.patch("0001_a", "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a)", NONE)
    trapped.apply()
    trapped.patch("0002_b", "DROP INDEX CONCURRENTLY IF EXISTS t_a", NONE)
    trapped.apply()


def test_a_partition_that_is_detached_calls_none_of_them(trapped: Target) -> None:
    trapped.execute("CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)")
    trapped.patch("0001_a", "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", NONE)
    trapped.apply()


def test_what_the_doctor_and_preflight_ask_calls_none_of_them(trapped: Target) -> None:
    trapped.patch("0001_a", "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int")
    trapped.apply()
    parsed = parse_database_url(trapped.url)
    database = PostgresDatabase(parsed.settings, GivenCredentials(parsed.user, parsed.password))
    examination = PostgresExamination(database, parsed.settings, RUN)
    preflight(database, RUN)
    assert examination.server(trapped.clock)
    assert examination.role()
    assert examination.creators() == examination.shadows() == ()
    assert examination.ledger()
    assert examination.run_lock_holder() is None


def test_what_drift_and_repair_ask_calls_none_of_them(trapped: Target) -> None:
    trapped.patch("0001_a", "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int")
    trapped.apply()
    (locked,) = trapped.patches
    session = trapped.database.connect(RUN)
    try:
        assert session.try_run_lock() is None
        schema = schema_of(session)
        session.replay_patch(locked, heals=(), limits=LIMITS)
        assert schema_of(session) == schema
        assert session.blockers(locked.relations) == ()
    finally:
        session.close()
