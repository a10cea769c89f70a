-- patch: Let a job be paused, as it is at first.
ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused';
ALTER TABLE jobs ALTER COLUMN state SET DEFAULT 'paused';
