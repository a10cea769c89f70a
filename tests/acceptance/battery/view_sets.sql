CREATE TABLE b.v8 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v8_sets AS (SELECT id FROM b.v8 UNION SELECT n FROM b.v8) EXCEPT ALL SELECT 3 ORDER BY 1 DESC LIMIT 5 OFFSET 1;
CREATE VIEW b.v8_values AS VALUES (1, 'a'), (2, NULL);
