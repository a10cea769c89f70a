-- patch: Detach the measurements of May.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass('measurements_may')) THEN
        ALTER TABLE measurements DETACH PARTITION measurements_may;
    END IF;
END $$;
