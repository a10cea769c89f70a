-- patch: Find meshes by name.
-- transaction: none
CREATE INDEX CONCURRENTLY meshes_name_idx ON meshes (name);
