-- patch: Let a project be shared or archived.
-- lock-timeout: 100ms
ALTER TABLE projects
    ADD COLUMN IF NOT EXISTS visibility TEXT NOT NULL DEFAULT 'private',
    ADD COLUMN IF NOT EXISTS archived_at TIMESTAMPTZ;

-- ADD CONSTRAINT knows no IF NOT EXISTS. NOT VALID checks new rows from here on and reads none of the old ones;
-- the next patch checks those, under a lock that lets readers and writers pass.
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = 'projects'::regclass AND conname = 'projects_visibility_check'
    ) THEN
        ALTER TABLE projects ADD CONSTRAINT projects_visibility_check
            CHECK (visibility IN ('private', 'team', 'public')) NOT VALID;
    END IF;
END
$$;
