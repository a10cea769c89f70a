-- patch: Name the states of a job.
DO $$ BEGIN
    CREATE TYPE job_state AS ENUM ('queued');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused';
CREATE TABLE IF NOT EXISTS jobs (state job_state DEFAULT 'paused');
