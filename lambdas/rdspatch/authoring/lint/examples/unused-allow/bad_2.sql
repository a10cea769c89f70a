-- patch: Keep solver jobs.
-- allow: drop-tabel because of a slip of the pen
CREATE TABLE IF NOT EXISTS jobs (id bigint);
