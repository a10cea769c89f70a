-- patch: Keep solver jobs.
-- allow: transaction-control because nobody may
CREATE TABLE IF NOT EXISTS jobs (id bigint);
