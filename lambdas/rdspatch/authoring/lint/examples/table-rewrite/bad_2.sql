-- patch: Sort meshes by name.
CLUSTER meshes USING meshes_name_idx;
