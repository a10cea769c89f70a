-- patch: Remember which solver job produced each mesh result.
-- lock-timeout: 100ms
ALTER TABLE mesh_results ADD COLUMN IF NOT EXISTS job_id TEXT;
