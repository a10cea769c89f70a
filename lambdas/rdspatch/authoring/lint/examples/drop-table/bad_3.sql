-- patch: Make the jobs again.
CREATE TABLE IF NOT EXISTS jobs (id bigint);
DROP TABLE IF EXISTS jobs;
