-- patch: Shares are positive.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'meshes'::regclass AND conname = 'meshes_share_check') THEN
        ALTER TABLE meshes ADD CONSTRAINT meshes_share_check CHECK (share >= 0) NOT VALID;
    END IF;
END $$;
