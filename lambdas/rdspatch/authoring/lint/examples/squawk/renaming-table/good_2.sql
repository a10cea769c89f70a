-- patch: Call meshes grids, and leave a view behind.
-- allow: renaming-table because a view keeps the old name
ALTER TABLE IF EXISTS meshes RENAME TO grids;
CREATE OR REPLACE VIEW meshes AS SELECT * FROM grids;
