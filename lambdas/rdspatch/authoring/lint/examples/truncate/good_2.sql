-- patch: Make a table and empty it.
CREATE TABLE IF NOT EXISTS numbers (id bigint);
TRUNCATE numbers;
