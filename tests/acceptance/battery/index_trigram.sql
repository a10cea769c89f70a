CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE b.i_trgm (a integer, c text, d varchar(9), j jsonb, r int4range, t tsvector, p point, g integer[]);
CREATE INDEX ON b.i_trgm USING gin (c gin_trgm_ops);
