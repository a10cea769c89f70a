-- patch: Number the meshes.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS number serial NOT NULL;
