CREATE TABLE b.v9 (id integer PRIMARY KEY, n integer, state varchar(9), at timestamptz, j jsonb);
CREATE VIEW b.v9_expressions AS SELECT CASE state WHEN 'x' THEN 1 ELSE n END AS a, at AT TIME ZONE 'UTC' AS c, j -> 'k' ->> 'l' AS d,
    extract(epoch FROM at) AS e, n::numeric(5, 1) AS f, ARRAY[n, id] AS g, (j #>> '{a,b}')::int AS i, substring(state FROM 1 FOR 2) AS k,
    COALESCE(state, 'q') AS l, NULLIF(n, 0) AS m, GREATEST(n, 1) AS o, trim(both 'x' FROM state) AS p, state LIKE 'a%' AS q, state SIMILAR TO 'a%' AS r, n = ANY (ARRAY[1, 2]) AS s,
    at > '2026-01-01 00:00+00'::timestamptz AS t, at - interval '1 day 2:00' AS u, overlay(state PLACING 'z' FROM 1) AS v FROM b.v9;
