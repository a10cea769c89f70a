-- patch: Shorten codes.
ALTER TABLE meshes ALTER COLUMN code TYPE varchar(20);
