-- patch: Count further in a table that no patch tells of.
ALTER TABLE exports ALTER COLUMN number TYPE bigint;
