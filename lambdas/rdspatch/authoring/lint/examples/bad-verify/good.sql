-- patch: Keep solver jobs.
-- verify: SELECT to_regclass('jobs') IS NOT NULL
CREATE TABLE IF NOT EXISTS jobs (id bigint);
