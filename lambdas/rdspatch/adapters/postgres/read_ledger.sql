-- One document for all rows, since the driver takes longer to take rows apart than the server to put them together.
SELECT coalesce(
    pg_catalog.json_agg(
        pg_catalog.json_build_array(
            patch_id, checksum, run_id, run_started_at, applied_at, applied_by, audited
        )
        ORDER BY applied_at, patch_id
    )::text,
    '[]'
)
FROM rdspatch.ledger
