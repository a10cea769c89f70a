-- One document for all rows, since the driver takes longer to take rows apart than the server to put them together.
-- In a ledger of an earlier version, which has no column "number", that name means the one outside: NULL.
SELECT pg_catalog.json_build_object(
    'is_numbered', EXISTS (
        SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = 'rdspatch.ledger'::regclass AND attname = 'number' AND NOT attisdropped
    ),
    'strangers', pg_catalog.current_setting('rdspatch.strangers')::pg_catalog.json,
    'rows', coalesce(
        pg_catalog.json_agg(
            pg_catalog.json_build_array(
                patch_id, checksum, run_id, run_started_at, applied_at, applied_by, audited
            )
            ORDER BY place, applied_at, patch_id
        ),
        '[]'
    )
)::text
FROM (VALUES (NULL::bigint)) AS absent (number)
CROSS JOIN LATERAL (
    SELECT number AS place, patch_id, checksum, run_id, run_started_at, applied_at, applied_by, audited
    FROM rdspatch.ledger
) AS l
