-- What stands under an index's name; the second row, if any, is the probe built from the patch's own statement.
-- The last column is the definition from USING on: without the names, which differ between the two.
SELECT c.relkind::text,
       coalesce(i.indisvalid AND i.indisready, false),
       CASE WHEN i.indexrelid IS NULL THEN c.relkind::text || ' ' || c.relname ELSE pg_get_indexdef(c.oid) END,
       i.indisunique,
       substr(
           pg_get_indexdef(c.oid),
           strpos(pg_get_indexdef(c.oid), '.' || quote_ident(t.relname) || ' USING ') + length(quote_ident(t.relname)) + 1
       )
FROM unnest(ARRAY[{oids}]::oid[]) WITH ORDINALITY AS wanted (oid, place)
JOIN pg_catalog.pg_class AS c ON c.oid = wanted.oid
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
ORDER BY wanted.place
