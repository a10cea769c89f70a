-- patch: Let a job be paused, and pause the queued ones.
-- verify: SELECT NOT EXISTS (SELECT FROM jobs WHERE state = 'queued')
ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused';
UPDATE jobs SET state = 'paused' WHERE state = 'queued';
