-- Whether the ledger is there, complete and writable by the role that patches run as; one JSON object.
WITH worker AS (
    SELECT r.oid, r.rolsuper OR r.rolbypassrls AS sees_all FROM pg_catalog.pg_roles AS r WHERE r.rolname = {role}
), tables AS (
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'rdspatch' AND c.relname IN ('ledger', 'progress')
)
SELECT json_build_object(
    'schema_exists', to_regnamespace('rdspatch') IS NOT NULL,
    'may_use_schema', (
        SELECT has_schema_privilege(w.oid, n.oid, 'USAGE')
        FROM worker AS w, pg_catalog.pg_namespace AS n WHERE n.nspname = 'rdspatch'
    ),
    'keeps_rows', EXISTS (
        SELECT FROM tables AS t
        JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = t.oid
        WHERE t.relname = 'ledger' AND g.tgname = 'keep_rows' AND g.tgenabled IN ('O', 'A')
    ),
    'strangers', ({strangers}),
    'tables', (
        SELECT json_object_agg(t.relname, json_build_object(
            'is_table', t.relkind = 'r',
            'has_row_security', t.relrowsecurity,
            'hides_rows', coalesce((
                SELECT t.relrowsecurity AND NOT w.sees_all
                       AND (t.relforcerowsecurity OR NOT pg_has_role(w.oid, t.relowner, 'USAGE'))
                FROM worker AS w
            ), false),
            'columns', (
                SELECT json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod))
                FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
            ),
            'missing_privileges', (
                SELECT json_agg(p.name ORDER BY p.name)
                FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (name), worker AS w
                WHERE NOT has_table_privilege(w.oid, t.oid, p.name)
            )
        )) FROM tables AS t
    )
)
