-- patch: Name the states of a job.
DO $$ BEGIN
    CREATE TYPE job_state AS ENUM ('queued', 'running', 'done');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
