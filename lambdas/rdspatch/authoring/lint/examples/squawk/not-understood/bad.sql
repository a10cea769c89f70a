-- patch: Remember long notes.
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS note text COMPRESSION lz4;
