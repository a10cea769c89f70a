CREATE TABLE b.i_spgist (a integer, c text, d varchar(9), j jsonb, r int4range, t tsvector, p point, g integer[]);
CREATE INDEX ON b.i_spgist USING spgist (p);
CREATE INDEX ON b.i_spgist USING spgist (c);
