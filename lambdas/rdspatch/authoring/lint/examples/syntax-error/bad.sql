-- patch: Keep solver jobs.
CREATE TABLE IF NOT EXISTS jobs (id bigint,);
