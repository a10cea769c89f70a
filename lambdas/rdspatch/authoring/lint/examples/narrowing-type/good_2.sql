-- patch: Count cells in fewer bytes.
-- allow: narrowing-type because no mesh may have more than a million
ALTER TABLE meshes ALTER COLUMN cells TYPE integer;
