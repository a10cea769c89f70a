SELECT patch_id, checksum, run_id, run_started_at, applied_at, applied_by, audited
FROM rdspatch.ledger
ORDER BY applied_at, patch_id
