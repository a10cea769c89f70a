CREATE TABLE b.v2 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v2_checked WITH (security_barrier) AS SELECT id, n FROM b.v2 WHERE n > 0 WITH LOCAL CHECK OPTION;
