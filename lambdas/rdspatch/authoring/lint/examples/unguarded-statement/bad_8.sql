-- patch: Call an index by its new name.
ALTER INDEX meshes_name_idx RENAME TO meshes_by_name_idx;
