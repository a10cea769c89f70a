-- patch: Read notes as numbers.
ALTER TABLE meshes ALTER COLUMN note TYPE integer USING note::integer;
