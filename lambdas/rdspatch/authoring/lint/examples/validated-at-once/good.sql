-- patch: Check names of new meshes.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'meshes'::regclass AND conname = 'meshes_name_check') THEN
        ALTER TABLE meshes ADD CONSTRAINT meshes_name_check CHECK (name <> '') NOT VALID;
    END IF;
END $$;
