-- patch: Count further.
-- allow: type-change because the table has 200 rows
ALTER TABLE meshes ALTER COLUMN small TYPE bigint;
