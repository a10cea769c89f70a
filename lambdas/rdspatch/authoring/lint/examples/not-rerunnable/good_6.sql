-- patch: Let a job be paused.
ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused';
