-- patch: Remember long notes.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS note text;
ALTER TABLE meshes ALTER COLUMN note SET COMPRESSION lz4;
