-- patch: No two meshes have one name.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'meshes'::regclass AND conname = 'meshes_name_key') THEN
        ALTER TABLE meshes ADD CONSTRAINT meshes_name_key UNIQUE USING INDEX meshes_name_unique;
    END IF;
END $$;
