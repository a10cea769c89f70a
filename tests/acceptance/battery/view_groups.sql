CREATE TABLE b.v5 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v5_grouped AS SELECT state, n, count(*) FILTER (WHERE n > 1) AS c, string_agg(state, ',' ORDER BY id) AS s,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) AS p FROM b.v5 GROUP BY GROUPING SETS ((state, n), ROLLUP (state)) HAVING count(*) > 1;
