CREATE TABLE b.v10 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v10_sampled AS SELECT id FROM b.v10 TABLESAMPLE system (10) REPEATABLE (1);
CREATE VIEW b.v10_only AS SELECT DISTINCT ON (state) id, state FROM ONLY b.v10 ORDER BY state, id;
