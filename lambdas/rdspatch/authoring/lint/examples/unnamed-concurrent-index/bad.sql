-- patch: Find meshes by name.
-- transaction: none
CREATE INDEX CONCURRENTLY ON meshes (name);
