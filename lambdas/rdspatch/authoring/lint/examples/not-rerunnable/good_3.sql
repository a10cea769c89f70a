-- patch: Find meshes by name.
-- transaction: none
CREATE INDEX CONCURRENTLY IF NOT EXISTS meshes_name_idx ON meshes (name);
