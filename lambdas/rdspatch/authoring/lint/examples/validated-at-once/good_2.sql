-- patch: Check the names that were there before.
ALTER TABLE meshes VALIDATE CONSTRAINT meshes_name_check;
