-- patch: A state of the application's own type.
DO $$
DECLARE
    state app.job_state;
BEGIN
    IF to_regtype('percentage') IS NULL THEN
        CREATE DOMAIN percentage AS numeric;
    END IF;
END $$;
