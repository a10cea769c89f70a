-- What the replay of a patch has to leave as it is: a fact of each object, by its name as the schema query writes it.
-- Beside the schema: owner and privileges, the file of a table's rows and of a sequence's next number, and how many
-- rows this transaction has written.
WITH described AS MATERIALIZED (
    SELECT o.value FROM json_array_elements(({schema})::json) AS o
)
SELECT d.value::jsonb - -1 AS name, d.value::text AS fact, true AS is_object
FROM described AS d
WHERE d.value ->> 0 NOT IN ('columns', 'privileges')
UNION ALL
SELECT jsonb_build_array('column', d.value ->> 1, d.value ->> 2, c.value ->> 0), c.value::text, true
FROM described AS d
CROSS JOIN LATERAL json_array_elements(d.value -> 3) AS c
WHERE d.value ->> 0 = 'columns'
UNION ALL
SELECT jsonb_build_array(
           CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                          ELSE 'table' END,
           n.nspname, c.relname
       ),
       concat_ws(' ', c.relowner, c.relacl, CASE WHEN c.relkind IN ('r', 'S') THEN c.relfilenode END, CASE
           WHEN c.relkind = 'r' THEN pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
                                     + pg_stat_get_xact_tuples_deleted(c.oid) END),
       false
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('information_schema', 'rdspatch') AND NOT starts_with(n.nspname, 'pg_')
UNION ALL
SELECT jsonb_build_array('column', n.nspname, c.relname, a.attname), coalesce(a.attacl::text, ''), false
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('information_schema', 'rdspatch') AND NOT starts_with(n.nspname, 'pg_')
UNION ALL
SELECT jsonb_build_array('function', n.nspname, p.proname, oidvectortypes(p.proargtypes)),
       concat_ws(' ', p.proowner, p.proacl),
       false
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname NOT IN ('information_schema', 'rdspatch') AND NOT starts_with(n.nspname, 'pg_')
UNION ALL
SELECT jsonb_build_array('schema', n.nspname), concat_ws(' ', n.nspowner, n.nspacl), false
FROM pg_namespace AS n
WHERE n.nspname NOT IN ('information_schema', 'rdspatch') AND NOT starts_with(n.nspname, 'pg_')
