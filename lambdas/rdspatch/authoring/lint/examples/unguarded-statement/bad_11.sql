-- patch: A block whose language cannot be looked into far.
DO $$
DECLARE
    state app.job_state;
BEGIN
    CREATE DOMAIN percentage AS numeric;
END $$;
