-- patch: Give up the old jobs.
-- allow: drop-table because release 41 was the last to read it
DROP TABLE IF EXISTS old_jobs;
