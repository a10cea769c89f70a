-- patch: Count further.
ALTER TABLE meshes ALTER COLUMN small TYPE bigint;
