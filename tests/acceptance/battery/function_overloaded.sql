CREATE FUNCTION b.over(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION b.over(text) RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION b.over(a integer, c text[]) RETURNS integer LANGUAGE sql AS 'SELECT 3';
