-- patch: Call a check by its new name.
ALTER TABLE IF EXISTS meshes RENAME CONSTRAINT meshes_name_check TO meshes_name_filled;
