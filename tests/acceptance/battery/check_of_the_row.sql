CREATE FUNCTION b.row_is_fine(text, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $2 > 0';
CREATE TABLE b.row_checks (a text, n integer, CHECK (b.row_is_fine(a, n)), CHECK (CASE WHEN a = 'x' THEN n > 1 ELSE n IN (1, 2) END), CHECK (COALESCE(a, '') <> ALL (ARRAY['q', 'r'])));
