-- patch: Keep solver jobs.
\set ON_ERROR_STOP on
CREATE TABLE IF NOT EXISTS jobs (id bigint);
