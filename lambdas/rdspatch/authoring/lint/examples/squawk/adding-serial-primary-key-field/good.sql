-- patch: Meshes have a key.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'meshes'::regclass AND conname = 'meshes_pkey') THEN
        ALTER TABLE meshes ADD CONSTRAINT meshes_pkey PRIMARY KEY USING INDEX meshes_id_unique;
    END IF;
END $$;
