-- patch: Keep solver jobs and find them by state.
CREATE TABLE IF NOT EXISTS jobs (id bigint PRIMARY KEY, state text);
CREATE INDEX IF NOT EXISTS jobs_state_idx ON jobs (state);
