-- patch: Make space usable again.
VACUUM meshes;
