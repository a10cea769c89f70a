-- patch: Name the meshes without a name.
-- verify: SELECT NOT EXISTS (SELECT FROM meshes WHERE name IS NULL)
UPDATE meshes SET name = 'mesh ' || id WHERE name IS NULL;
