-- patch: Keep solver jobs.
-- verify: SELECT true; SELECT false
CREATE TABLE IF NOT EXISTS jobs (id bigint);
