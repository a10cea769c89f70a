-- patch: Make a table and think again.
CREATE TABLE IF NOT EXISTS jobs (id integer);
ALTER TABLE jobs ALTER COLUMN id TYPE bigint;
