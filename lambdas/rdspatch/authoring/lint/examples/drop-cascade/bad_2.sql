-- patch: Give up a key and what refers to it.
ALTER TABLE meshes DROP CONSTRAINT IF EXISTS meshes_name_key CASCADE;
