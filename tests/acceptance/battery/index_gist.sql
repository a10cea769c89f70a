CREATE TABLE b.i_gist (a integer, c text, d varchar(9), j jsonb, r int4range, t tsvector, p point, g integer[]);
CREATE INDEX ON b.i_gist USING gist (r);
CREATE INDEX ON b.i_gist USING gist (p) INCLUDE (a);
