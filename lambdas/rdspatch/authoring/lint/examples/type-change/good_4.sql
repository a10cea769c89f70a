-- patch: Count cells as before.
ALTER TABLE meshes ALTER COLUMN cells TYPE int8, ALTER COLUMN note TYPE varchar;
