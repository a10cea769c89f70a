-- patch: Give up an index.
-- transaction: none
DROP INDEX CONCURRENTLY IF EXISTS meshes_name_idx;
