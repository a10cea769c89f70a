-- patch: Make a table and think again.
CREATE TABLE IF NOT EXISTS jobs (id bigint);
ALTER TABLE jobs ALTER COLUMN id SET NOT NULL;
