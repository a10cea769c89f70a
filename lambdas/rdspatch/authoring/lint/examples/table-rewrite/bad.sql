-- patch: Give space back.
-- transaction: none
VACUUM (FULL) meshes;
