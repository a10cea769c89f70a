-- patch: Give meshes a code.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS code text UNIQUE;
