-- patch: Check names in another way.
ALTER TABLE meshes DROP CONSTRAINT IF EXISTS meshes_name_check;
ALTER TABLE meshes ADD CONSTRAINT meshes_name_check CHECK (length(name) > 2);
