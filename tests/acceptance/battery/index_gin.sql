CREATE TABLE b.i_gin (a integer, c text, d varchar(9), j jsonb, r int4range, t tsvector, p point, g integer[]);
CREATE INDEX ON b.i_gin USING gin (j jsonb_path_ops);
CREATE INDEX ON b.i_gin USING gin (g, t) WITH (fastupdate = off);
CREATE INDEX ON b.i_gin USING gin (to_tsvector('english', c));
