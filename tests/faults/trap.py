"""What a stranger has put into the path of every trial's patches: functions that tell when somebody calls them.

Their names are those that rdspatch's own SQL calls and the trials' patches do not. Some are doubles of the catalog's,
which are called where the path names `public` first; others fit an argument better than the catalog's, and are called
where `public` is in the path at all. A sequence keeps count, since it forgets nothing when a transaction rolls back.
"""

from __future__ import annotations

STRANGER = "faults_stranger"
CALLS = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.caught"
"""How often code of the stranger ran."""
TRAP = f"""
DO $traps$
DECLARE
    f record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{STRANGER}') THEN
        CREATE ROLE {STRANGER};
    END IF;
    CREATE SEQUENCE public.caught;
    FOR f IN
        SELECT p.proname AS name, w.arguments, format_type(p.prorettype, NULL) AS result
        FROM (VALUES
            ('current_setting(text)', 'text'), ('current_setting(text)', 'name'),
            ('format_type(oid,integer)', 'oid, integer'), ('format_type(oid,integer)', 'regtype, integer'),
            ('pg_get_indexdef(oid)', 'oid'), ('pg_get_indexdef(oid)', 'regclass'),
            ('pg_try_advisory_xact_lock(integer,integer)', 'integer, integer'),
            ('quote_ident(text)', 'text'), ('quote_ident(text)', 'name'),
            ('to_regclass(text)', 'text'), ('to_regclass(text)', 'name')
        ) AS w (original, arguments)
        JOIN pg_proc AS p ON p.oid = w.original::regprocedure
    LOOP
        EXECUTE format(
            'CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.name, f.arguments, f.result,
            'BEGIN PERFORM pg_catalog.nextval(''public.caught''); RAISE EXCEPTION ''a trap''; END'
        );
        EXECUTE format('ALTER FUNCTION public.%I(%s) OWNER TO {STRANGER}', f.name, f.arguments);
    END LOOP;
END
$traps$;
"""
