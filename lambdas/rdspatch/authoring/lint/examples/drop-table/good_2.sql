-- patch: Make a table and drop it.
CREATE TABLE IF NOT EXISTS numbers (id bigint);
DROP TABLE IF EXISTS numbers;
