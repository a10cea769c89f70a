-- patch: Make the code NOT NULL, now that its check is validated.
ALTER TABLE meshes VALIDATE CONSTRAINT meshes_code_set;
ALTER TABLE meshes ALTER COLUMN code SET NOT NULL;
