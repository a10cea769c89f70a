-- patch: Give up a check that the application makes.
ALTER TABLE meshes DROP CONSTRAINT meshes_name_check;
