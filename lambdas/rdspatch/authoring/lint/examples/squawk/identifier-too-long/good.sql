-- patch: Find what can be deleted.
CREATE TABLE IF NOT EXISTS orphaned_meshes (id bigint);
