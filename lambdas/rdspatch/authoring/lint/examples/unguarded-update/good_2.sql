-- patch: Cut the spaces around names.
-- verify: SELECT NOT EXISTS (SELECT FROM meshes WHERE name IS NULL)
UPDATE meshes SET name = trim(name) WHERE name <> trim(name);
