-- patch: Give up two indexes.
-- transaction: none
DROP INDEX CONCURRENTLY IF EXISTS meshes_name_idx;
DROP INDEX CONCURRENTLY IF EXISTS meshes_owner_id_idx;
