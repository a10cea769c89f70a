-- patch: Think about jobs.
SELECT 1;
