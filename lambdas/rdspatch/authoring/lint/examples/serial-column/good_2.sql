-- patch: Number jobs in a table of their own.
CREATE TABLE IF NOT EXISTS jobs (state text);
ALTER TABLE jobs ADD COLUMN IF NOT EXISTS number bigserial;
