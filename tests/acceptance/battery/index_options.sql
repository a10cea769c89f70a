CREATE TABLE b.i_options (a integer, c text, d varchar(9), j jsonb, r int4range, t tsvector, p point, g integer[]);
CREATE INDEX i_options_a ON b.i_options (a) WITH (deduplicate_items = off);
CREATE INDEX i_options_e ON b.i_options ((a + 1));
ALTER INDEX b.i_options_e ALTER COLUMN 1 SET STATISTICS 300;
