-- Other sessions with a lock on a relation that is in the way, the oldest transaction first.
SELECT coalesce(l.pid, 0),
       coalesce(a.usename, '?'),
       coalesce(a.application_name, ''),
       CASE WHEN l.pid IS NULL THEN 'prepared transaction' ELSE coalesce(a.state, 'state not visible to us') END,
       n.nspname || '.' || c.relname,
       l.mode,
       l.granted,
       extract(epoch FROM clock_timestamp() - a.xact_start)::float8
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.pid IS DISTINCT FROM pg_backend_pid()
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
  AND {in_the_way}
ORDER BY a.xact_start NULLS LAST, l.pid
LIMIT 10
