-- What a login that only looks for drift may do; one JSON object.
SELECT json_build_object(
    'login', session_user,
    'temporary', has_database_privilege(current_database(), 'TEMPORARY'),
    'unusable_schemas', (
        SELECT json_agg(n.nspname ORDER BY n.nspname)
        FROM pg_catalog.pg_namespace AS n
        WHERE n.nspname = ANY (ARRAY[{schemas}]::name[]) AND NOT has_schema_privilege(n.oid, 'USAGE')
    ),
    'missing_schemas', (
        SELECT json_agg(s.name ORDER BY s.name)
        FROM unnest(ARRAY[{schemas}]::name[]) AS s (name)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname = s.name)
    ),
    'has_ledger', EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'rdspatch' AND c.relname = 'ledger'
    ),
    'reads_ledger', EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'rdspatch' AND c.relname = 'ledger'
          AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
    ),
    'may_write', (
        SELECT json_agg(format('%I.%I', n.nspname, c.relname) ORDER BY n.nspname, c.relname)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE (n.nspname = ANY (ARRAY[{schemas}]::name[]) OR n.nspname = 'rdspatch') AND c.relkind IN ('r', 'p')
          AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    )
)
