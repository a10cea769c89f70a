-- patch: Write codes in capitals.
ALTER TABLE meshes ALTER COLUMN code TYPE text USING upper(code);
