-- patch: Give up an index.
DROP INDEX IF EXISTS meshes_name_idx;
