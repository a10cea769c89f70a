-- patch: Every mesh has a unit.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS unit text NOT NULL;
