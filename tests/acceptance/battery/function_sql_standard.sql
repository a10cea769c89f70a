CREATE TABLE b.f1 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE FUNCTION b.f1_is_open(state varchar) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN state IN ('x', 'y');
CREATE FUNCTION b.f1_first(k integer) RETURNS SETOF integer LANGUAGE sql BEGIN ATOMIC SELECT f.n FROM b.f1 f WHERE f.state IN ('x', 'y') AND f.n BETWEEN 1 AND 5 AND f.n <> k; UPDATE b.f1 SET n = 1 WHERE id = k RETURNING n; END;
