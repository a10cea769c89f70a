-- patch: Let a job be paused, and be paused at first.
-- transaction: none
ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused';
ALTER TABLE jobs ALTER COLUMN state SET DEFAULT 'paused';
