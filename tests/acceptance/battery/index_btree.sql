CREATE TABLE b.i_btree (a integer, c text, d varchar(9), j jsonb, r int4range, t tsvector, p point, g integer[]);
CREATE INDEX ON b.i_btree (a DESC NULLS LAST, c COLLATE "C" text_pattern_ops) INCLUDE (d);
CREATE UNIQUE INDEX ON b.i_btree (lower(c), (a + 1));
