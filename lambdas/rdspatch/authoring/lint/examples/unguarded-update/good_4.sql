-- patch: Take names from a list.
-- verify: SELECT NOT EXISTS (SELECT FROM meshes WHERE name IS NULL)
UPDATE meshes SET name = list.name FROM list WHERE list.id = meshes.id AND meshes.name IS DISTINCT FROM list.name;
