CREATE TABLE b.v1 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v1_simple AS SELECT id, n AS "the n", 'a.b' AS c FROM b.v1 WHERE state IN ('x', 'y') AND n BETWEEN 1 AND 5 AND n <> 3;
CREATE VIEW b.v1_star AS SELECT * FROM b.v1;
