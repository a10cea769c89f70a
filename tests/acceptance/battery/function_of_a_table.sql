CREATE FUNCTION b.rows_of(k integer) RETURNS TABLE (a integer, c text) LANGUAGE sql STABLE ROWS 5 AS $$ SELECT 1, 'a' $$;
