-- What strangers have under the names of objects that patches make, and on the relations that patches touch; one JSON
-- array for each.
WITH RECURSIVE strangers AS (
{strangers}
), {code}, made AS (
    SELECT m.item ->> 0 AS kind, m.item,
           (SELECT array_agg(e.name ORDER BY e.place)
            FROM json_array_elements_text(m.item) WITH ORDINALITY AS e (name, place) WHERE e.place > 1) AS path
    FROM json_array_elements({made}) AS m (item)
), there AS (
    SELECT 'relation' AS kind, ARRAY[n.nspname, c.relname]::text[] AS path, c.relowner AS owner,
           CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'f' THEN 'foreign table '
                          WHEN 'S' THEN 'sequence ' WHEN 'c' THEN 'type ' WHEN 'i' THEN 'index ' WHEN 'I' THEN 'index '
                          ELSE 'table ' END || c.oid::regclass AS description
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    UNION ALL
    SELECT 'schema', ARRAY[n.nspname]::text[], n.nspowner, 'schema ' || quote_ident(n.nspname)
    FROM pg_catalog.pg_namespace AS n
    UNION ALL
    SELECT 'function', ARRAY[n.nspname, p.proname, oidvectortypes(p.proargtypes)]::text[], p.proowner,
           'function ' || p.oid::regprocedure
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.proowner IN (SELECT s.oid FROM strangers AS s)
    UNION ALL
    SELECT 'type', ARRAY[n.nspname, t.typname]::text[], t.typowner, 'type ' || t.oid::regtype
    FROM pg_catalog.pg_type AS t
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r')
    UNION ALL
    SELECT 'statistics', ARRAY[n.nspname, t.stxname]::text[], t.stxowner, format('statistics %I.%I', n.nspname, t.stxname)
    FROM pg_catalog.pg_statistic_ext AS t
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.stxnamespace
    UNION ALL
    SELECT 'collation', ARRAY[n.nspname, c.collname]::text[], c.collowner, 'collation ' || c.oid::regcollation
    FROM pg_catalog.pg_collation AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
    UNION ALL
    SELECT 'foreign server', ARRAY[v.srvname]::text[], v.srvowner, 'foreign server ' || quote_ident(v.srvname)
    FROM pg_catalog.pg_foreign_server AS v
), reached AS (
    SELECT n.nspname || '.' || c.relname AS start, c.oid, ''::text AS by
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname || '.' || c.relname = ANY (ARRAY[{relations}]::text[])
    UNION
    -- A row of a partitioned table is a partition's, and what a foreign key does elsewhere is done with it.
    SELECT r.start, w.oid, coalesce(nullif(r.by, ''), w.by)
    FROM reached AS r
    JOIN (
        SELECT h.inhparent AS parent, h.inhrelid AS oid, '' AS by FROM pg_catalog.pg_inherits AS h
        UNION ALL
        SELECT k.confrelid, k.conrelid, 'delete'
        FROM pg_catalog.pg_constraint AS k
        WHERE k.contype = 'f' AND k.confdeltype IN ('c', 'n', 'd')
        UNION ALL
        SELECT k.confrelid, k.conrelid, 'update'
        FROM pg_catalog.pg_constraint AS k
        WHERE k.contype = 'f' AND k.confupdtype IN ('c', 'n', 'd')
    ) AS w ON w.parent = r.oid
)
SELECT json_build_array('object', m.item, t.description, s.rolname)::text
FROM made AS m
JOIN there AS t ON t.path = m.path AND t.kind = CASE
    WHEN m.kind IN ('table', 'view', 'materialized view', 'index', 'sequence', 'composite type') THEN 'relation'
    WHEN m.kind IN ('enum', 'domain', 'range type') THEN 'type'
    ELSE m.kind END
JOIN strangers AS s ON s.oid = t.owner
UNION ALL
SELECT json_build_array('code', r.start, r.by, n.nspname, t.relname, c.kind, c.name, c.function::regprocedure::text, c.rolname,
                        c.kind <> 'policy' OR row_security_active(t.oid))::text
FROM reached AS r
JOIN carried AS c ON c.relation = r.oid
JOIN pg_catalog.pg_class AS t ON t.oid = r.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
