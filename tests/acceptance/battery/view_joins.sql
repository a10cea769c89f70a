CREATE TABLE b.v4 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v4_joined AS SELECT x.id, y.n, (SELECT max(z.n) FROM b.v4 z WHERE z.id > x.id) AS m FROM b.v4 x
    LEFT JOIN b.v4 y USING (id) CROSS JOIN LATERAL (SELECT x.n + 1 AS next) l WHERE EXISTS (SELECT FROM b.v4 w WHERE w.state IN ('x', 'y') AND w.id = x.id);
