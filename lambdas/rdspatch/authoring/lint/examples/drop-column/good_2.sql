-- patch: Make a table and think again.
CREATE TABLE IF NOT EXISTS jobs (id bigint, state text);
ALTER TABLE jobs DROP COLUMN IF EXISTS state;
