-- patch: Number new meshes.
CREATE SEQUENCE IF NOT EXISTS mesh_numbers;
ALTER TABLE meshes ADD COLUMN IF NOT EXISTS number bigint;
ALTER TABLE meshes ALTER COLUMN number SET DEFAULT nextval('mesh_numbers');
