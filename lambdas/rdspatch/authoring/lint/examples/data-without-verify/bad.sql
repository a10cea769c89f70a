-- patch: Name the meshes without a name.
UPDATE meshes SET name = 'mesh ' || id WHERE name IS NULL;
