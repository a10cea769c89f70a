-- patch: Give space back.
-- transaction: none
-- allow: table-rewrite because it runs in the window on Sunday
VACUUM (FULL) meshes;
