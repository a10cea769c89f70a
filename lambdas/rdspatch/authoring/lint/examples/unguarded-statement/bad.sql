-- patch: Check names from now on.
ALTER TABLE meshes ADD CONSTRAINT meshes_name_check CHECK (name <> '') NOT VALID;
