-- patch: Keep solver jobs.
-- verify: DELETE FROM jobs
CREATE TABLE IF NOT EXISTS jobs (id bigint);
