-- patch: Give meshes a title beside the name.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS title text;
