CREATE TYPE b.celsius AS (t float8);
CREATE FUNCTION b.to_celsius(float8) RETURNS b.celsius LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1)::b.celsius';
CREATE CAST (float8 AS b.celsius) WITH FUNCTION b.to_celsius(float8) AS ASSIGNMENT;
