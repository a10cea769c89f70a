-- patch: Name the states of a job.
CREATE TYPE job_state AS ENUM ('queued', 'running', 'done');
