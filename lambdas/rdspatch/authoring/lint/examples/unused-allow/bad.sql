-- patch: Keep solver jobs.
-- allow: drop-table because it was in the template
CREATE TABLE IF NOT EXISTS jobs (id bigint);
