-- patch: Find meshes by name, with more memory.
-- transaction: none
SET LOCAL maintenance_work_mem = '1GB';
CREATE INDEX CONCURRENTLY IF NOT EXISTS meshes_name_idx ON meshes (name);
