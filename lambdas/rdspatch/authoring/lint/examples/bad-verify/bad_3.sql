-- patch: Keep solver jobs.
-- verify: SELEC true
CREATE TABLE IF NOT EXISTS jobs (id bigint);
