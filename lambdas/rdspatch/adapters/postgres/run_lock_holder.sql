-- Who holds the run lock of this database.
SELECT l.pid,
       coalesce(a.usename, '?'),
       coalesce(a.application_name, ''),
       extract(epoch FROM clock_timestamp() - a.query_start)::float8
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
  AND l.classid::int8 = {class} AND l.objid::int8 = {object}
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
LIMIT 1
