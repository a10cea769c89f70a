"""What the catalog says of tables that are to be filled, as one JSON document."""

from __future__ import annotations

QUERY = """
WITH RECURSIVE tables AS (
    SELECT c.oid, n.nspname, c.relname, c.relispartition, c.relforcerowsecurity
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'rdspatch')
      AND n.nspname NOT LIKE 'pg\\_temp%' AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend AS d
          WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), columns AS (
    SELECT a.* FROM pg_catalog.pg_attribute AS a JOIN tables AS t ON t.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped
), used (oid) AS (
    SELECT atttypid FROM columns
    UNION
    SELECT x.oid FROM used AS u JOIN pg_catalog.pg_type AS t ON t.oid = u.oid CROSS JOIN LATERAL (
        SELECT t.typbasetype AS oid WHERE t.typtype = 'd'
        UNION ALL SELECT t.typelem WHERE t.typlen = -1 AND t.typelem <> 0
        UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid
        UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range AS r WHERE r.rngmultitypid = t.oid
        UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute AS a
            WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS x
), types AS (
    SELECT json_build_object(
        'oid', t.oid, 'name', t.typname, 'schema', n.nspname, 'kind', t.typtype, 'category', t.typcategory,
        'required', t.typnotnull,
        'inner', CASE
            WHEN t.typtype = 'd' THEN json_build_array(
                t.typbasetype, t.typtypmod, format_type(t.typbasetype, t.typtypmod))
            WHEN t.typtype = 'r' THEN (
                SELECT json_build_array(r.rngsubtype, -1, format_type(r.rngsubtype, NULL))
                FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid)
            WHEN t.typtype = 'm' THEN (
                SELECT json_build_array(r.rngtypid, -1, format_type(r.rngtypid, NULL))
                FROM pg_catalog.pg_range AS r WHERE r.rngmultitypid = t.oid)
            WHEN t.typlen = -1 AND t.typelem <> 0 THEN json_build_array(
                t.typelem, -1, format_type(t.typelem, NULL)) END,
        'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
                   FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid),
        'attributes', (SELECT json_agg(json_build_array(
                           a.atttypid, a.atttypmod, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
                       FROM pg_catalog.pg_attribute AS a
                       WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
        'checks', (SELECT json_agg(pg_get_expr(k.conbin, 0) ORDER BY k.conname)
                   FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid AND k.conbin IS NOT NULL)
    ) AS type
    FROM used AS u JOIN pg_catalog.pg_type AS t ON t.oid = u.oid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
), described AS (
    SELECT json_build_object(
        'oid', t.oid, 'schema', t.nspname, 'name', t.relname, 'forces_policies', t.relforcerowsecurity,
        'has_rules', EXISTS (
            SELECT FROM pg_catalog.pg_rewrite AS w
            WHERE w.ev_class = t.oid AND w.ev_type = '3' AND w.ev_enabled <> 'D'),
        'columns', (
            SELECT json_agg(json_build_array(
                a.attnum, a.attname, a.atttypid, a.atttypmod, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                a.attidentity <> '' OR a.attgenerated <> '' OR pg_get_serial_sequence(
                    quote_ident(t.nspname) || '.' || quote_ident(t.relname), a.attname) IS NOT NULL,
                a.attgenerated <> '', a.attidentity = 'a', a.atthasdef) ORDER BY a.attnum)
            FROM columns AS a WHERE a.attrelid = t.oid),
        'checks', (
            SELECT json_agg(json_build_array(k.conname, pg_get_expr(k.conbin, k.conrelid), k.conkey) ORDER BY k.conname)
            FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = t.oid AND k.contype = 'c'),
        'bound', CASE WHEN t.relispartition THEN json_build_array(
            pg_get_partition_constraintdef(t.oid), (
                SELECT json_agg(DISTINCT a.attnum)
                FROM pg_partition_ancestors(t.oid) AS up (oid)
                JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = up.oid
                JOIN pg_catalog.pg_attribute AS b ON b.attrelid = up.oid AND (
                    b.attnum = ANY (p.partattrs::int2[])
                    OR pg_get_expr(p.partexprs, up.oid) ~ ('\\y' || b.attname || '\\y'))
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attname = b.attname)) END,
        'keys', (
            SELECT json_agg(json_build_array(x.relname, (
                SELECT json_agg(DISTINCT s.number) FROM (
                    SELECT unnest(i.indkey::int2[]) AS number
                    UNION SELECT d.refobjsubid FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
                      AND d.refobjid = t.oid
                ) AS s WHERE s.number > 0)) ORDER BY x.relname)
            FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
            WHERE i.indrelid = t.oid AND (i.indisunique OR i.indisexclusion)),
        'foreign', (
            SELECT json_agg(json_build_array(
                k.conname, f.oid, n.nspname, f.relname, k.condeferrable, (
                    SELECT json_agg(json_build_array(a.attname, b.attname) ORDER BY p.place)
                    FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS p (mine, theirs, place)
                    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.mine
                    JOIN pg_catalog.pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = p.theirs
                ), (
                    SELECT json_agg(l.relid::oid ORDER BY l.relid::oid)
                    FROM pg_partition_tree(k.confrelid) AS l WHERE l.isleaf AND l.relid <> k.confrelid
                ), (
                    WITH RECURSIVE up AS (
                        SELECT k.oid, k.conparentid, k.conrelid, k.conname
                        UNION ALL SELECT o.oid, o.conparentid, o.conrelid, o.conname
                        FROM up JOIN pg_catalog.pg_constraint AS o ON o.oid = up.conparentid
                    )
                    SELECT json_build_array(m.nspname, c.relname, up.conname, pg_get_constraintdef(up.oid))
                    FROM up JOIN pg_catalog.pg_class AS c ON c.oid = up.conrelid
                    JOIN pg_catalog.pg_namespace AS m ON m.oid = c.relnamespace
                    WHERE up.conparentid = 0
                )) ORDER BY k.conname)
            FROM pg_catalog.pg_constraint AS k
            JOIN pg_catalog.pg_class AS f ON f.oid = k.confrelid
            JOIN pg_catalog.pg_namespace AS n ON n.oid = f.relnamespace
            LEFT JOIN pg_catalog.pg_constraint AS o ON o.oid = k.conparentid
            WHERE k.conrelid = t.oid AND k.contype = 'f' AND o.conrelid IS DISTINCT FROM k.conrelid),
        'triggers', (
            SELECT json_agg(json_build_array(g.tgname, g.tgenabled) ORDER BY g.tgname)
            FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D')
    ) AS facts, t.nspname, t.relname
    FROM tables AS t
)
SELECT json_build_object(
    'types', (SELECT json_agg(type) FROM types),
    'tables', (SELECT json_agg(facts ORDER BY nspname, relname) FROM described)
)::text
"""
