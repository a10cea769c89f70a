-- patch: Name the states of a job, in a block that asks nothing.
DO $$ BEGIN
    CREATE TYPE job_state AS ENUM ('queued', 'running', 'done');
END $$;
