CREATE FUNCTION b.plain_block(INOUT a integer, OUT c text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, b SET "TimeZone" = 'UTC' AS $f$
BEGIN a := a + 1; c := 'x'; END
$f$;
