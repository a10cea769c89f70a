-- patch: Keep solver jobs, where nobody made the table by hand.
DO $$ BEGIN
    IF to_regclass('jobs') IS NULL THEN
        CREATE TABLE jobs (id bigint);
    END IF;
END $$;
