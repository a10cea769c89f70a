-- patch: Weigh meshes.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS weight numeric CHECK (weight > 0);
