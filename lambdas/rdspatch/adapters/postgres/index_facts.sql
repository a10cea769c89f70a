-- What stands under an index's name; the second row, if any, is the probe built from the patch's own statement.
-- The last columns are for comparing the two: is it on the patch's table (or its empty copy), is it unique, and the
-- definition from USING on, without the names, which differ. A name may look like a part of a definition, so the
-- index's name is skipped before the table's is looked for.
SELECT c.relkind::text,
       coalesce(i.indisvalid AND i.indisready, false),
       CASE WHEN i.indexrelid IS NULL THEN c.relkind::text || ' ' || c.relname ELSE pg_get_indexdef(c.oid) END,
       coalesce(i.indrelid IN ({table}, to_regclass('pg_temp.rdspatch_probe')), false),
       i.indisunique,
       substr(
           d.after_name,
           strpos(d.after_name, '.' || quote_ident(t.relname) || ' USING ') + length(quote_ident(t.relname)) + 1
       )
FROM unnest(ARRAY[{oids}]::oid[]) WITH ORDINALITY AS wanted (oid, place)
JOIN pg_catalog.pg_class AS c ON c.oid = wanted.oid
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
CROSS JOIN LATERAL (
    SELECT substr(
        pg_get_indexdef(c.oid),
        strpos(pg_get_indexdef(c.oid), 'INDEX ' || quote_ident(c.relname) || ' ON ') + length(quote_ident(c.relname)) + 9
    ) AS after_name
) AS d
ORDER BY wanted.place
