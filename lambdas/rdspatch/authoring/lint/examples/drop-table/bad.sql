-- patch: Give up the old jobs.
DROP TABLE IF EXISTS old_jobs;
