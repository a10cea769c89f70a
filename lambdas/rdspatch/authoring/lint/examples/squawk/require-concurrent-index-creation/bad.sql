-- patch: Find meshes by name.
CREATE INDEX IF NOT EXISTS meshes_name_idx ON meshes (name);
