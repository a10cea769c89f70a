CREATE TABLE b.m1 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE MATERIALIZED VIEW b.m1_totals AS SELECT state, count(*) AS c FROM b.m1 WHERE state IN ('x', 'y') GROUP BY state;
CREATE UNIQUE INDEX ON b.m1_totals (state) WHERE state IN ('x', 'y');
CREATE MATERIALIZED VIEW b.m1_empty WITH (fillfactor = 60) AS SELECT id FROM b.m1 WITH NO DATA;
