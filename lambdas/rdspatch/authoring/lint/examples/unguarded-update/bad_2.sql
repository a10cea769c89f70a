-- patch: Name the meshes of the first owner.
-- verify: SELECT NOT EXISTS (SELECT FROM meshes WHERE name IS NULL)
UPDATE meshes SET name = 'mesh ' || id WHERE owner_id = 1;
