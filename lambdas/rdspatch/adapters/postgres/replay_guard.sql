-- Ends the transaction when the patch has touched what it must not; the message is the names as JSON, or null.
DO $guard$
DECLARE
    touched jsonb;
BEGIN
    SELECT jsonb_agg(DISTINCT d.name) INTO touched
    FROM (
        (
            SELECT b.name FROM (
                SELECT name, fact FROM pg_temp.rdspatch_before EXCEPT SELECT name, fact FROM pg_temp.rdspatch_after
            ) AS b
            EXCEPT SELECT name FROM pg_temp.rdspatch_heals
        )
        UNION ALL
        (
            SELECT name FROM pg_temp.rdspatch_after WHERE is_object
            EXCEPT SELECT name FROM pg_temp.rdspatch_before WHERE is_object
            EXCEPT SELECT name FROM pg_temp.rdspatch_adds
        )
    ) AS d;
    IF touched IS NOT NULL OR current_setting('track_counts') <> 'on' THEN
        RAISE EXCEPTION USING ERRCODE = '{sqlstate}',
            MESSAGE = coalesce(jsonb_path_query_array(touched, '$[0 to 19]')::text, 'null');
    END IF;
END
$guard$
