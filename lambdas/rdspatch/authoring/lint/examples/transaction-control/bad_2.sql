-- patch: Commit in a loop.
DO $$ BEGIN
    FOR i IN 1..10 LOOP
        COMMIT;
    END LOOP;
END $$;
