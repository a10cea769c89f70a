-- patch: Let grids be read under their new name.
CREATE OR REPLACE VIEW grids AS SELECT * FROM meshes;
