-- patch: Call meshes grids.
ALTER TABLE IF EXISTS meshes RENAME TO grids;
