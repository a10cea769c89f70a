-- patch: Make space usable again.
-- transaction: none
VACUUM meshes;
