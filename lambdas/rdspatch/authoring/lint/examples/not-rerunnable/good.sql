-- patch: Keep solver jobs.
CREATE TABLE IF NOT EXISTS jobs (id bigint PRIMARY KEY, state text NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_state_idx ON jobs (state);
