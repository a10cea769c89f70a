-- patch: Build an index again.
REINDEX INDEX meshes_name_idx;
