-- patch: Count cells where nobody has.
-- verify: SELECT NOT EXISTS (SELECT FROM meshes WHERE name IS NULL)
UPDATE meshes SET cells = coalesce(cells, 0) WHERE cells IS NULL;
