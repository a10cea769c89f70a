-- patch: Lengthen codes.
ALTER TABLE meshes ALTER COLUMN code TYPE varchar(80);
