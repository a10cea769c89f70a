CREATE TABLE b.i_brin (a integer, c text, d varchar(9), j jsonb, r int4range, t tsvector, p point, g integer[]);
CREATE INDEX ON b.i_brin USING brin (a int4_minmax_multi_ops) WITH (pages_per_range = 32);
