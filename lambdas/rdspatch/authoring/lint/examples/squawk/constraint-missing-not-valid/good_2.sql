-- patch: Make a table and check its states.
CREATE TABLE IF NOT EXISTS jobs (id bigint, state text);
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'jobs'::regclass AND conname = 'jobs_state_check') THEN
        ALTER TABLE jobs ADD CONSTRAINT jobs_state_check CHECK (state <> '');
    END IF;
END $$;
