-- patch: Move old meshes away.
-- verify: SELECT NOT EXISTS (SELECT FROM meshes WHERE created_at < '2020-01-01')
WITH old AS (DELETE FROM meshes WHERE created_at < '2020-01-01' RETURNING *)
INSERT INTO old_meshes SELECT * FROM old;
