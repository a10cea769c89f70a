CREATE TABLE b.i_hash (a integer, c text, d varchar(9), j jsonb, r int4range, t tsvector, p point, g integer[]);
CREATE INDEX ON b.i_hash USING hash (c) WITH (fillfactor = 50);
