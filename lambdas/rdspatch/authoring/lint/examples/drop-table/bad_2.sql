-- patch: Give up the old jobs.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_class WHERE relname = 'old_jobs') THEN
        DROP TABLE old_jobs;
    END IF;
END $$;
