-- patch: Count one more cell.
-- verify: SELECT NOT EXISTS (SELECT FROM meshes WHERE name IS NULL)
UPDATE meshes SET cells = cells + 1 WHERE cells > 0;
