-- patch: Find jobs by state, in a block that asks nothing.
DO $$ BEGIN
    CREATE TABLE jobs (id bigint);
END $$;
