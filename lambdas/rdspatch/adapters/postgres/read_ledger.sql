-- The time goes as a text in UTC: the driver is slow at reading times, and there is one for each patch.
SELECT patch_id, checksum, run_id, run_started_at, (applied_at AT TIME ZONE 'UTC')::text AS applied_at_utc,
       applied_by, audited
FROM rdspatch.ledger
ORDER BY applied_at, patch_id
