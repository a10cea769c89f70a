-- since: 15
CREATE TABLE b.v3 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v3_invoker WITH (security_invoker = true) AS SELECT id FROM b.v3;
