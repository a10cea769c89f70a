CREATE TABLE b.i_partial (a integer, c text, d varchar(9), j jsonb, r int4range, t tsvector, p point, g integer[]);
CREATE INDEX ON b.i_partial (a) WHERE d IN ('x', 'y');
CREATE UNIQUE INDEX ON b.i_partial ((d IN ('x', 'y'))) WHERE a BETWEEN 1 AND 5 AND a <> 3;
