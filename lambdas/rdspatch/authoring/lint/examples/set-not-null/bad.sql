-- patch: Make the name NOT NULL.
ALTER TABLE meshes ALTER COLUMN name SET NOT NULL;
