-- patch: Build an index again.
-- transaction: none
REINDEX INDEX CONCURRENTLY meshes_name_idx;
