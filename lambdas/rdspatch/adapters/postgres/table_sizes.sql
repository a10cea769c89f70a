-- Tables by their names as the lock file writes them: their bytes with indexes, and the planner's estimate of rows.
SELECT n.nspname || '.' || c.relname,
       pg_catalog.pg_total_relation_size(c.oid),
       CASE WHEN c.reltuples >= 0 THEN c.reltuples::int8 END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = ANY (ARRAY[{names}]::text[]) AND c.relkind IN ('r', 'p', 'm')
