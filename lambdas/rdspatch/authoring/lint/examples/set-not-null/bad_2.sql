-- patch: Make the code NOT NULL, whose check was never validated.
ALTER TABLE meshes ALTER COLUMN code SET NOT NULL;
