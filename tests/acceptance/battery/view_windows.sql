CREATE TABLE b.v6 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v6_windowed AS SELECT id, rank() OVER w AS r, lag(n, 1) OVER (PARTITION BY state ORDER BY at DESC) AS l,
    sum(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) AS s FROM b.v6 WINDOW w AS (PARTITION BY state ORDER BY n);
