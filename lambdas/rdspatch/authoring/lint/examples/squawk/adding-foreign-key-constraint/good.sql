-- patch: Meshes have owners.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'meshes'::regclass AND conname = 'meshes_owner_id_fkey') THEN
        ALTER TABLE meshes ADD CONSTRAINT meshes_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owners (id) NOT VALID;
    END IF;
END $$;
