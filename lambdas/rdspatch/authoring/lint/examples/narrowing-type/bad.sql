-- patch: Count cells in fewer bytes.
ALTER TABLE meshes ALTER COLUMN cells TYPE integer;
