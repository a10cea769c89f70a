CREATE TABLE b.v7 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v7_with AS WITH RECURSIVE up AS (SELECT id, n FROM b.v7 WHERE n IS NULL UNION ALL SELECT c.id, c.n FROM b.v7 c JOIN up ON c.n = up.id), m AS MATERIALIZED (SELECT id FROM b.v7)
    SELECT up.id FROM up JOIN m USING (id);
CREATE RECURSIVE VIEW b.v7_numbers (k) AS VALUES (1) UNION ALL SELECT k + 1 FROM v7_numbers WHERE k < 5;
